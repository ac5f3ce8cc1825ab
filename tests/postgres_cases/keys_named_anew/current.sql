CREATE TABLE plain (a integer, b integer NOT NULL, CONSTRAINT one PRIMARY KEY (a));
CREATE TABLE target (a integer, CONSTRAINT target_one PRIMARY KEY (a));
CREATE TABLE source (a integer REFERENCES target, b integer);
CREATE TABLE whole (id integer NOT NULL, v text NOT NULL) PARTITION BY LIST (v);
CREATE TABLE part PARTITION OF whole FOR VALUES IN ('a');
ALTER TABLE part ADD CONSTRAINT part_own PRIMARY KEY (id);
CREATE TABLE fewer (a integer, b integer DEFAULT 4, e integer, CONSTRAINT fewer_key PRIMARY KEY (a, b));
