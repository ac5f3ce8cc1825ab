CREATE TABLE whole (x integer, y text);
CREATE TABLE wider (x integer);
CREATE TABLE longer (x integer);
CREATE TYPE boxed AS (w wider);
CREATE VIEW seen AS SELECT 1 AS a;
CREATE TABLE holds (id integer PRIMARY KEY, r whole, s seen, w wider, ws wider[], b boxed, l longer, ls longer[]);
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE moods (m mood, ms mood[]);
