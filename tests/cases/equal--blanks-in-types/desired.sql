CREATE TABLE t (a double precision, b DECIMAL(10,2), c varchar(20), d BIG
    INT);
