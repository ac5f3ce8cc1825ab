CREATE TABLE was_whole (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE was_whole_rest PARTITION OF was_whole DEFAULT;
CREATE TABLE was_part (id int PRIMARY KEY, at int) PARTITION BY RANGE (id);
CREATE TABLE was_part_rest PARTITION OF was_part DEFAULT PARTITION BY RANGE (id);
CREATE TABLE was_part_all PARTITION OF was_part_rest DEFAULT;
CREATE TABLE without_key (a int, b int) PARTITION BY LIST (a);
CREATE TABLE without_key_one PARTITION OF without_key FOR VALUES IN (1) PARTITION BY LIST (b);
CREATE TABLE without_key_all PARTITION OF without_key_one DEFAULT;
CREATE TABLE without_key_rest PARTITION OF without_key DEFAULT PARTITION BY LIST (b);
CREATE TABLE without_key_rest_all PARTITION OF without_key_rest DEFAULT;
CREATE INDEX ON without_key (b);

CREATE TABLE levels (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE levels_between PARTITION OF levels FOR VALUES FROM (1) TO (9) PARTITION BY RANGE (id);
CREATE TABLE levels_one PARTITION OF levels_between FOR VALUES FROM (1) TO (5);
CREATE TABLE level_of_levels (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE level_two PARTITION OF level_of_levels FOR VALUES FROM (1) TO (9)
    PARTITION BY RANGE (id);
CREATE TABLE level_three PARTITION OF level_two FOR VALUES FROM (1) TO (7)
    PARTITION BY RANGE (id);
CREATE TABLE level_one PARTITION OF level_three FOR VALUES FROM (1) TO (5);
CREATE INDEX ON level_of_levels (id DESC);

CREATE TABLE both_ways (a int, b int) PARTITION BY RANGE (a);
CREATE TABLE both_ways_rest PARTITION OF both_ways DEFAULT PARTITION BY RANGE (b);
CREATE TABLE both_ways_rest_rest PARTITION OF both_ways_rest DEFAULT;
