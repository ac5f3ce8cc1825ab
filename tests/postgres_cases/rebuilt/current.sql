-- The type of a column that partitions are told apart by, at two levels.
CREATE TABLE numbers (id int PRIMARY KEY, note text) PARTITION BY RANGE (id);
CREATE TABLE numbers_low PARTITION OF numbers FOR VALUES FROM (0) TO (10);
CREATE TABLE numbers_rest PARTITION OF numbers DEFAULT PARTITION BY LIST (id);
CREATE TABLE numbers_eleven PARTITION OF numbers_rest FOR VALUES IN (11);
CREATE TABLE words (word varchar(5), note text) PARTITION BY LIST (lower(word));
CREATE TABLE words_a PARTITION OF words FOR VALUES IN ('a');
CREATE DOMAIN age AS int;
CREATE TABLE ages (age age, note text) PARTITION BY LIST (age);
CREATE TABLE ages_one PARTITION OF ages FOR VALUES IN (1);
CREATE TYPE state AS ENUM ('open', 'done', 'lost');
CREATE TABLE states (state state, also state[], note text) PARTITION BY LIST (state);
CREATE TABLE states_open PARTITION OF states FOR VALUES IN ('open');
CREATE INDEX ON states (state) WHERE state <> 'done';
CREATE TYPE span AS RANGE (subtype = int4);
CREATE TABLE spans (span span, note text) PARTITION BY LIST (span);
CREATE TABLE spans_one PARTITION OF spans FOR VALUES IN ('[1,2)');

-- Two of one name, and two whose names are alike where they are cut.
CREATE SCHEMA one;
CREATE SCHEMA two;
CREATE TABLE one.t (id int);
CREATE TABLE two.t (id int);
CREATE TABLE a_long_name_that_goes_on_and_on_until_it_is_cut_off_by_1 (id int);
CREATE TABLE a_long_name_that_goes_on_and_on_until_it_is_cut_off_by_2 (id int);

-- A type that is made anew, and with it a table with rows.
CREATE TYPE shade AS ENUM ('red', 'green', 'blue');
CREATE TABLE shades (shade shade, all_of shade[], note text);

-- What is aside needs what goes.
CREATE FUNCTION bucket(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 10';
CREATE TABLE buckets (id int, note text) PARTITION BY LIST (bucket(id));
CREATE TABLE buckets_none PARTITION OF buckets FOR VALUES IN (0);
CREATE TABLE buckets_rest PARTITION OF buckets DEFAULT;
CREATE TABLE counted (id serial, note text);
CREATE TABLE counted_too () INHERITS (counted);

-- Parts of parts become rows of one table.
CREATE TABLE whole (id int, note text) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF whole DEFAULT PARTITION BY RANGE (id);
CREATE TABLE part_of_part PARTITION OF part DEFAULT;
