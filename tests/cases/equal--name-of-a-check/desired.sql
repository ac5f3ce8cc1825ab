CREATE TABLE t (
    a INTEGER CHECK (a < 10),
    b INTEGER,
    CONSTRAINT ck_a CHECK (a > 0),
    CHECK ((a != b))
);
