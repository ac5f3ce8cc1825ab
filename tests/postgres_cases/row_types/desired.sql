CREATE TABLE whole (x integer, y text) PARTITION BY LIST (x);
CREATE TABLE whole_rest PARTITION OF whole DEFAULT;
CREATE TABLE wider (x bigint);
CREATE TABLE longer (x integer, z integer DEFAULT 5 NOT NULL);
CREATE TYPE boxed AS (w wider);
CREATE VIEW seen AS SELECT 'x'::text AS a;
CREATE TABLE holds (id integer PRIMARY KEY, r whole, s seen, w wider, ws wider[], b boxed, l longer, ls longer[]);
CREATE TYPE mood AS ENUM ('ok', 'happy');
CREATE TABLE moods (m mood, ms mood[]);
