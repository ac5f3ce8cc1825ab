CREATE TABLE pairs (x, y, UNIQUE (x, y), UNIQUE (y, x));
CREATE TABLE t (a, b, CONSTRAINT fk_t FOREIGN KEY (a, b) REFERENCES pairs (x, y));
