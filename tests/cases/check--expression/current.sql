CREATE TABLE t (
    a TEXT,
    b TEXT,
    CONSTRAINT ck_t CHECK (a IN ('x', 'y'))
);
