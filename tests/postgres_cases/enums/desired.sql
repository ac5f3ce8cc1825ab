CREATE TYPE state AS ENUM ('new', 'done', 'open', 'kept');
CREATE TYPE size AS ENUM ('tiny', 'small', 'medium', 'large', 'huge');
CREATE DOMAIN good_state AS state CHECK (VALUE <> 'kept');
CREATE FUNCTION is_done(state) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN $1 = 'done';
CREATE TABLE jobs (
    id integer PRIMARY KEY,
    state state DEFAULT 'new' NOT NULL,
    all_states state[] DEFAULT '{new}',
    good good_state DEFAULT 'open',
    size size DEFAULT 'medium',
    CHECK (state <> 'kept' OR id > 0)
);
CREATE INDEX jobs_open_idx ON jobs (id) WHERE state = 'open';
CREATE INDEX jobs_state_idx ON jobs (state);
CREATE VIEW done_jobs AS SELECT id, state, size FROM jobs WHERE is_done(state);
COMMENT ON TYPE state IS 'where a job is';
CREATE TYPE _plumb_state AS ENUM ('taken');
