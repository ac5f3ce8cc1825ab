CREATE COLLATION plain (locale = 'POSIX');
CREATE VIEW one AS SELECT 'z'::text AS x;
CREATE TABLE t (
    id integer PRIMARY KEY DEFAULT 7,
    a text DEFAULT 'sad',
    b text DEFAULT (NULL::one)::text,
    c text DEFAULT 'y',
    d text COLLATE plain NOT NULL,
    e varchar(9) COLLATE plain UNIQUE
);
CREATE INDEX t_d ON t (d);
