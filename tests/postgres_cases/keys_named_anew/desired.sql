CREATE TABLE plain (a integer NOT NULL, b integer NOT NULL, CONSTRAINT two PRIMARY KEY (b));
CREATE TABLE target (a integer, b integer DEFAULT 1, CONSTRAINT target_two PRIMARY KEY (a, b));
CREATE TABLE source (a integer, b integer, FOREIGN KEY (a, b) REFERENCES target);
CREATE TABLE whole (id integer NOT NULL, v text NOT NULL, PRIMARY KEY (v, id)) PARTITION BY LIST (v);
CREATE TABLE part PARTITION OF whole FOR VALUES IN ('a');
CREATE TABLE fewer (a integer, b integer, e integer, CONSTRAINT fewer_key PRIMARY KEY (a));
