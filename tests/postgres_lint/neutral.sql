-- What the rules for all engines find here, and what they must not.
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE log (at timestamptz, line text); -- expect: S101
CREATE TABLE pairs (a bigint NOT NULL, b bigint NOT NULL);
CREATE UNIQUE INDEX pairs_a_b ON pairs (a, b);
CREATE TABLE people (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE,
    name text NOT NULL,
    born date,
    tags text[],
    feeling mood,
    created_at timestamptz NOT NULL, -- expect: S112
    CHECK (born > date '1900-01-01')
);
CREATE INDEX people_name ON people (name); -- expect: S107
CREATE INDEX people_name_pattern ON people (name text_pattern_ops);
CREATE INDEX people_name_c ON people (name COLLATE "C");
CREATE INDEX people_name_again ON people (name DESC); -- expect: S106
CREATE INDEX people_name_born ON people (name, born DESC);
CREATE INDEX people_name_born_nulls ON people (name, born DESC NULLS LAST);
CREATE INDEX people_tags ON people USING gin (tags);
CREATE INDEX people_born_brin ON people USING brin (born);
CREATE INDEX people_born ON people (born); -- expect: S107
CREATE INDEX people_born_with ON people (born) INCLUDE (name);
CREATE INDEX people_email_lower ON people (lower(email));
CREATE INDEX people_email_lower_c ON people (lower(email) COLLATE "C");
CREATE INDEX people_email_sub ON people ((substr(email, 1, 3)), (lower(name)) DESC);
CREATE INDEX people_email ON people (email); -- expect: S106
CREATE INDEX people_sad ON people (id) WHERE feeling = 'sad';
CREATE SCHEMA neutral_other;
CREATE TABLE neutral_other.tasks (
    id bigint PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES people (id), -- expect: S103
    other_id bigint REFERENCES neutral_other.tasks (id),
    hashed_id bigint REFERENCES people (id)
);
CREATE INDEX tasks_hashed ON neutral_other.tasks USING hash (hashed_id);
CREATE INDEX tasks_other ON neutral_other.tasks (other_id) WHERE other_id IS NOT NULL;
CREATE TABLE events ( -- expect: S101
    at date NOT NULL,
    person_id bigint REFERENCES people (id), -- expect: S103
    kind text
) PARTITION BY RANGE (at);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
CREATE INDEX events_kind ON events (kind); -- expect: S107
CREATE INDEX events_kind_at ON events (kind, at);
