CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER w;
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE FOREIGN TABLE theirs (a text) SERVER elsewhere;
CREATE FOREIGN TABLE theirs_too (a mood) SERVER elsewhere;
CREATE TABLE ours (a int);
