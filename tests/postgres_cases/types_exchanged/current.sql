CREATE TYPE a AS ENUM ('x', 'y');
CREATE TYPE b AS ENUM ('x', 'z');
CREATE TABLE t (p a, q b, r a[]);
CREATE FUNCTION ok(integer, text DEFAULT 'q') RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 1';
CREATE DOMAIN more AS integer DEFAULT 5 CHECK (ok(VALUE, 'w'));
CREATE TABLE u (a more, b more[]);
