CREATE TABLE people (
    id int,
    number serial,
    country varchar(20),
    name text,
    UNIQUE (country, name)
) PARTITION BY LIST (country);
CREATE INDEX people_id ON people (id);
CREATE TABLE people_here PARTITION OF people FOR VALUES IN ('here');
CREATE TABLE houses (country varchar(20), name text) PARTITION BY LIST (country);
CREATE TABLE houses_here PARTITION OF houses FOR VALUES IN ('here');
CREATE UNIQUE INDEX houses_key ON houses (country, name);
ALTER TABLE houses ADD CONSTRAINT owner FOREIGN KEY (country, name) REFERENCES people (country, name);
ALTER TABLE people ADD CONSTRAINT house FOREIGN KEY (country, name) REFERENCES houses (country, name);
