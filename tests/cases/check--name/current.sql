CREATE TABLE t (
    a TEXT,
    b TEXT,
    CONSTRAINT ck_old CHECK (a <> '')
);
