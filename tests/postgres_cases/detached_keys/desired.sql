CREATE TABLE target (id int PRIMARY KEY);
CREATE TABLE whole (id int REFERENCES target) PARTITION BY RANGE (id);
CREATE TABLE alone (id int);
CREATE TABLE with_own (id int);
ALTER TABLE with_own ADD CONSTRAINT whole_id_fkey
    FOREIGN KEY (id) REFERENCES target ON DELETE CASCADE;
CREATE TABLE moved PARTITION OF whole FOR VALUES FROM (20) TO (30) PARTITION BY LIST (id);
CREATE TABLE of_moved (id int);
CREATE TABLE without (id int REFERENCES target) PARTITION BY RANGE (id);
CREATE TABLE stays_without (id int);
