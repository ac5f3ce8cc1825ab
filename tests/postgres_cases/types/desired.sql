CREATE DOMAIN email AS text DEFAULT 'x@y' CONSTRAINT has_at CHECK (VALUE LIKE '%@%');
CREATE DOMAIN code AS varchar(9);
CREATE TYPE point3 AS (x integer, y integer, z integer);
CREATE TYPE pair AS (a bigint, b text);
CREATE TYPE span AS RANGE (SUBTYPE = timestamp);
CREATE TYPE more AS (p point3, e email);
CREATE TABLE people (id integer PRIMARY KEY, mail email, code code, place pair, during span, at point3, more more);
CREATE FUNCTION mail_of(people) RETURNS email LANGUAGE sql AS 'SELECT $1.mail';
CREATE DOMAIN status AS integer CHECK (VALUE > 0);
