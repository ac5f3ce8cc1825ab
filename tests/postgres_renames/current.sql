CREATE SCHEMA old;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'fine');
CREATE TYPE old.kind AS ENUM ('a');
CREATE TYPE span AS RANGE (subtype = integer);
CREATE DOMAIN size AS integer;
CREATE TABLE people (
    id serial PRIMARY KEY,
    "Full Name" varchar(20) NOT NULL CHECK ("Full Name" IN ('a', 'b')),
    mood mood DEFAULT 'ok',
    size size,
    during span,
    CONSTRAINT tiny CHECK (id < 100)
);
CREATE INDEX idx ON people ("Full Name") WHERE mood = 'ok';
CREATE TABLE old.jobs (
    id integer CONSTRAINT jobs_key_of_all PRIMARY KEY,
    person integer REFERENCES people,
    CONSTRAINT pair UNIQUE (id, person)
);
CREATE TABLE events (id integer, at date) PARTITION BY RANGE (at);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX events_at ON events (at);
CREATE VIEW named AS SELECT id, "Full Name" AS name FROM people;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM old.jobs;
CREATE FUNCTION half(x integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT x / 2';
CREATE FUNCTION half(x text) RETURNS text LANGUAGE sql AS 'SELECT x';
CREATE AGGREGATE joined(text) (sfunc = textcat, stype = text);
CREATE SEQUENCE numbers;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touched BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION touch();
CREATE RULE quiet AS ON DELETE TO people DO INSTEAD NOTHING;
ALTER TABLE people ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON people USING (id > 0);
CREATE STATISTICS related ON id, person FROM old.jobs;
CREATE TABLE logs (id integer PRIMARY KEY, at date, UNIQUE (id, at)) PARTITION BY RANGE (id);
CREATE TABLE logs_low PARTITION OF logs FOR VALUES FROM (0) TO (10);
CREATE INDEX ON logs (at);
