CREATE TABLE users (id bigint);
CREATE TABLE events (id integer NOT NULL, kind text NOT NULL, user_id integer) PARTITION BY LIST (kind);
CREATE TABLE events_a (id integer NOT NULL, kind text NOT NULL, user_id integer);
CREATE TABLE events_b PARTITION OF events FOR VALUES IN ('b');
