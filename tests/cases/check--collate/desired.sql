CREATE TABLE t (
    a TEXT,
    b TEXT,
    CONSTRAINT ck_t CHECK (a = 'x' COLLATE NOCASE)
);
