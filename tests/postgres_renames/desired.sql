-- @renamed from=old
CREATE SCHEMA work;
CREATE TYPE mood AS ENUM (
    'sad',
    'fine', -- @renamed from='ok'
    'great', -- @renamed from='fine'
    'superb'
);
-- @renamed from=kind
CREATE TYPE work.sort AS ENUM ('a');
-- @renamed from=span
CREATE TYPE period AS RANGE (subtype = integer);
-- @renamed from=size
CREATE DOMAIN extent AS integer;
-- @renamed from=people
CREATE TABLE persons (
    id serial PRIMARY KEY,
    name varchar(20) NOT NULL CHECK (name IN ('a', 'b')), -- @renamed from="Full Name"
    mood mood DEFAULT 'fine',
    size extent,
    during period,
    notes text,
    CONSTRAINT small CHECK (id < 100) -- @renamed from=tiny
);
CREATE INDEX by_name ON persons (name) WHERE mood = 'fine'; -- @renamed from=idx
-- @renamed from=jobs
CREATE TABLE work.tasks (
    id integer CONSTRAINT key_of_all PRIMARY KEY, -- @renamed from=jobs_key_of_all
    person integer REFERENCES persons,
    CONSTRAINT two UNIQUE (id, person) -- @renamed from=pair
);
-- @renamed from=events
CREATE TABLE happenings (
    id integer,
    day date -- @renamed from=at
) PARTITION BY RANGE (day);
CREATE TABLE events_2025 PARTITION OF happenings FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX happenings_at ON happenings (day); -- @renamed from=events_at
-- @renamed from=named
CREATE VIEW names AS SELECT id, name FROM persons;
-- @renamed from=counted
CREATE MATERIALIZED VIEW counts AS SELECT count(*) FROM work.tasks;
-- @renamed from=half
CREATE FUNCTION halved(x integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT x / 2';
CREATE FUNCTION half(x text) RETURNS text LANGUAGE sql AS 'SELECT x';
-- @renamed from=joined
CREATE AGGREGATE together(text) (sfunc = textcat, stype = text);
-- @renamed from=numbers
CREATE SEQUENCE counters;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
-- @renamed from=touched
CREATE TRIGGER stamped BEFORE INSERT ON persons FOR EACH ROW EXECUTE FUNCTION touch();
-- @renamed from=quiet
CREATE RULE silent AS ON DELETE TO persons DO INSTEAD NOTHING;
ALTER TABLE persons ENABLE ROW LEVEL SECURITY;
-- @renamed from=mine
CREATE POLICY own ON persons USING (id > 0);
-- @renamed from=related
CREATE STATISTICS alike ON id, person FROM work.tasks;
-- @renamed from=logs
CREATE TABLE notes (id integer PRIMARY KEY, at date, UNIQUE (id, at)) PARTITION BY RANGE (id);
CREATE TABLE logs_low PARTITION OF notes FOR VALUES FROM (0) TO (10);
CREATE TABLE notes_high PARTITION OF notes FOR VALUES FROM (10) TO (20);
CREATE INDEX ON notes (at);
