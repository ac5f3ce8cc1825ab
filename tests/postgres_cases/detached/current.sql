CREATE TABLE users (id integer PRIMARY KEY);
CREATE TABLE events (id integer NOT NULL, kind text NOT NULL, user_id integer REFERENCES users (id)) PARTITION BY LIST (kind);
CREATE TABLE events_a PARTITION OF events FOR VALUES IN ('a');
CREATE TABLE events_b PARTITION OF events FOR VALUES IN ('b');
