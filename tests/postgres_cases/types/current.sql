CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
CREATE DOMAIN code AS varchar(5) DEFAULT 'a' NOT NULL;
CREATE DOMAIN status AS integer DEFAULT 200 NOT NULL;
CREATE TYPE point3 AS (x integer, y integer);
CREATE TYPE pair AS (a integer, b text);
CREATE TYPE span AS RANGE (SUBTYPE = date);
CREATE TABLE people (id integer PRIMARY KEY, mail email, code code, place pair, during span, at point3);
CREATE FUNCTION mail_of(people) RETURNS email LANGUAGE sql AS 'SELECT $1.mail';
