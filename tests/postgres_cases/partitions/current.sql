CREATE TABLE events (id integer NOT NULL, kind text NOT NULL, at date) PARTITION BY LIST (kind);
CREATE TABLE events_a PARTITION OF events FOR VALUES IN ('a');
CREATE TABLE events_b PARTITION OF events FOR VALUES IN ('b');
ALTER TABLE events ADD PRIMARY KEY (id, kind);
CREATE INDEX events_at_idx ON events (at);
CREATE TABLE events_c (id integer NOT NULL, kind text NOT NULL, at date, PRIMARY KEY (id, kind));
CREATE TABLE logs (id integer PRIMARY KEY, day date NOT NULL, said text DEFAULT 'x', CHECK (said <> ''));
CREATE INDEX logs_day_idx ON logs (day);
CREATE VIEW all_logs AS SELECT * FROM logs;
