CREATE TABLE events (id integer NOT NULL, kind text NOT NULL) PARTITION BY LIST (kind);
CREATE TABLE events_a PARTITION OF events FOR VALUES IN ('a');
CREATE TABLE events_b PARTITION OF events FOR VALUES IN ('b');
CREATE INDEX events_a_id_idx ON events_a (id);
CREATE INDEX events_kind_idx ON ONLY events (kind);
CREATE INDEX events_a_kind_idx ON events_a (kind);
CREATE INDEX events_b_kind_idx ON events_b (kind);
ALTER INDEX events_kind_idx ATTACH PARTITION events_b_kind_idx;
