CREATE TABLE a (id integer NOT NULL, x integer, y integer, g integer, kept integer NOT NULL);
CREATE TABLE b (n integer GENERATED ALWAYS AS (x + 1) STORED, y integer, g integer, CHECK (x <> 5)) INHERITS (a);
CREATE INDEX b_x ON b (id) WHERE x <> 7;
CREATE TABLE p (id integer NOT NULL, kind text, x integer NOT NULL) PARTITION BY LIST (kind);
CREATE TABLE p_a PARTITION OF p FOR VALUES IN ('a');
CREATE INDEX p_a_x ON p_a (id) WHERE x <> 7;
ALTER TABLE p_a ADD CHECK (x <> 9);
CREATE TABLE k (x integer, y integer PRIMARY KEY);
CREATE TABLE k_child (PRIMARY KEY (x, y)) INHERITS (k);
