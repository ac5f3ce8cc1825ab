CREATE TABLE t (a, b, CONSTRAINT uq_t UNIQUE (a, b));
