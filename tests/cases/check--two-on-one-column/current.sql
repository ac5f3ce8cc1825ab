CREATE TABLE t (
    a TEXT,
    b TEXT,
    c TEXT CHECK (c <> 'x') CHECK (c <> 'y')
);
