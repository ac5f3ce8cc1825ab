-- Two tables that are made anew refer to each other.
CREATE TABLE people (
    id int,
    number serial,
    country varchar(20),
    name text,
    UNIQUE (country, name)
);
CREATE INDEX people_id ON people (id);
CREATE TABLE houses (country varchar(20), name text);
CREATE UNIQUE INDEX houses_key ON houses (country, name);
ALTER TABLE houses ADD CONSTRAINT owner FOREIGN KEY (country, name) REFERENCES people (country, name);
ALTER TABLE people ADD CONSTRAINT house FOREIGN KEY (country, name) REFERENCES houses (country, name);
