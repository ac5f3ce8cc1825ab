CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE COLLATION plain (locale = 'C');
CREATE VIEW one AS SELECT 1 AS x;
CREATE EXTENSION fuzzystrmatch;
CREATE TABLE t (
    id integer PRIMARY KEY DEFAULT 7,
    a text DEFAULT 'sad'::mood,
    b text DEFAULT (NULL::one)::text,
    c text DEFAULT soundex('x'),
    d text COLLATE plain NOT NULL,
    e varchar(9) COLLATE plain UNIQUE
);
CREATE INDEX t_d ON t (d);
