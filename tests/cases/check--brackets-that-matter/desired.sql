CREATE TABLE t (
    a TEXT,
    b TEXT,
    c INTEGER CHECK (c - 2 - 1 > 0)
);
