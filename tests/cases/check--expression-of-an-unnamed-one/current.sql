CREATE TABLE t (
    a TEXT,
    b TEXT,
    CHECK (length(a) < 10)
);
