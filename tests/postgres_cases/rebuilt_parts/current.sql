-- Parts become wholes and wholes become parts, with and without keys.
CREATE TABLE was_whole (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE was_whole_rest PARTITION OF was_whole DEFAULT PARTITION BY RANGE (id);
CREATE TABLE was_whole_low PARTITION OF was_whole_rest FOR VALUES FROM (0) TO (10);
CREATE TABLE was_part (id int PRIMARY KEY, at int) PARTITION BY RANGE (id);
CREATE TABLE was_part_rest PARTITION OF was_part DEFAULT;
CREATE TABLE without_key (a int, b int) PARTITION BY LIST (a);
CREATE TABLE without_key_one PARTITION OF without_key FOR VALUES IN (1);
CREATE TABLE without_key_rest PARTITION OF without_key DEFAULT;
CREATE INDEX ON without_key (b);

-- A new level comes between a whole and a part of it.
CREATE TABLE levels (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE levels_one PARTITION OF levels FOR VALUES FROM (1) TO (5);
CREATE TABLE level_of_levels (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE level_one PARTITION OF level_of_levels FOR VALUES FROM (1) TO (5);
CREATE INDEX ON level_of_levels (id DESC);

-- Whole and part, both with other keys of partitions.
CREATE TABLE both_ways (a int, b int) PARTITION BY LIST (a);
CREATE TABLE both_ways_rest PARTITION OF both_ways DEFAULT PARTITION BY LIST (b);
CREATE TABLE both_ways_rest_rest PARTITION OF both_ways_rest DEFAULT;
