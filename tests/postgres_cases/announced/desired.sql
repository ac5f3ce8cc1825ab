CREATE COLLATION for_any FROM "POSIX";
CREATE TYPE pair AS (a integer);
CREATE FUNCTION same(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION other(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false';
CREATE OPERATOR =# (LEFTARG = pair, RIGHTARG = pair, FUNCTION = same, NEGATOR = <>#);
CREATE OPERATOR =## (LEFTARG = pair, RIGHTARG = pair, FUNCTION = same, NEGATOR = <>##);
CREATE TABLE t (a text COLLATE for_any);
