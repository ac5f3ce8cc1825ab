CREATE TABLE tasks (
    id serial PRIMARY KEY,
    title varchar(20) DEFAULT 'none',
    state text DEFAULT 'new' NOT NULL,
    size integer DEFAULT 1,
    done text DEFAULT 'false',
    twice integer GENERATED ALWAYS AS (size * 2) STORED,
    notes text,
    at timestamp DEFAULT now(),
    CHECK (size > 0)
);
COMMENT ON COLUMN tasks.title IS 'what it is called';
CREATE INDEX tasks_state_idx ON tasks (state) WHERE size > 5;
CREATE UNLOGGED TABLE counters (name text PRIMARY KEY, count bigint);
CREATE TABLE plain (id integer NOT NULL, name text COLLATE "C");
