CREATE TYPE a AS ENUM ('x');
CREATE TYPE b AS ENUM ('x');
CREATE TABLE t (p b, q a, r a);
CREATE FUNCTION ok(integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0';
CREATE DOMAIN more AS integer DEFAULT 5 CHECK (ok(VALUE));
CREATE TABLE u (a more, b more[]);
