CREATE TABLE numbers (id bigint PRIMARY KEY, note text) PARTITION BY RANGE (id);
CREATE TABLE numbers_low PARTITION OF numbers FOR VALUES FROM (0) TO (10);
CREATE TABLE numbers_rest PARTITION OF numbers DEFAULT PARTITION BY LIST (id);
CREATE TABLE numbers_eleven PARTITION OF numbers_rest FOR VALUES IN (11);
CREATE TABLE words (word varchar(50), note text) PARTITION BY LIST (lower(word));
CREATE TABLE words_a PARTITION OF words FOR VALUES IN ('a');
CREATE DOMAIN age AS bigint;
CREATE TABLE ages (age age, note text) PARTITION BY LIST (age);
CREATE TABLE ages_one PARTITION OF ages FOR VALUES IN (1);
CREATE TYPE state AS ENUM ('open', 'done');
CREATE TABLE states (state state, also state[], note text) PARTITION BY LIST (state);
CREATE TABLE states_open PARTITION OF states FOR VALUES IN ('open');
CREATE INDEX ON states (state) WHERE state <> 'done';
CREATE TYPE span AS RANGE (subtype = int8);
CREATE TABLE spans (span span, note text) PARTITION BY LIST (span);
CREATE TABLE spans_one PARTITION OF spans FOR VALUES IN ('[1,2)');

CREATE SCHEMA one;
CREATE SCHEMA two;
CREATE TABLE one.t (id int) PARTITION BY RANGE (id);
CREATE TABLE one.t_rest PARTITION OF one.t DEFAULT;
CREATE TABLE two.t (id int) PARTITION BY RANGE (id);
CREATE TABLE two.t_rest PARTITION OF two.t DEFAULT;
CREATE TABLE a_long_name_that_goes_on_and_on_until_it_is_cut_off_by_1 (id int)
    PARTITION BY RANGE (id);
CREATE TABLE long_rest_1
    PARTITION OF a_long_name_that_goes_on_and_on_until_it_is_cut_off_by_1 DEFAULT;
CREATE TABLE a_long_name_that_goes_on_and_on_until_it_is_cut_off_by_2 (id int)
    PARTITION BY RANGE (id);
CREATE TABLE long_rest_2
    PARTITION OF a_long_name_that_goes_on_and_on_until_it_is_cut_off_by_2 DEFAULT;

CREATE TYPE shade AS ENUM ('blue', 'red');
CREATE TABLE shades (shade shade, all_of shade[], note text) PARTITION BY LIST (shade);
CREATE TABLE shades_rest PARTITION OF shades DEFAULT;

CREATE FUNCTION bucket(int, int DEFAULT 10) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 / $2';
CREATE TABLE buckets (id int, note text) PARTITION BY LIST (bucket(id));
CREATE TABLE buckets_rest PARTITION OF buckets DEFAULT;
CREATE TABLE counted (id int NOT NULL, note text);
CREATE TABLE counted_too (id int NOT NULL) INHERITS (counted);

CREATE TABLE whole (id int, note text);
