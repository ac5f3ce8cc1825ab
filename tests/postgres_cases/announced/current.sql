CREATE TYPE pair AS (a integer);
CREATE FUNCTION same(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION other(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false';
CREATE OPERATOR =# (LEFTARG = pair, RIGHTARG = pair, FUNCTION = same);
CREATE OPERATOR =## (LEFTARG = pair, RIGHTARG = pair, FUNCTION = same, NEGATOR = <>##);
CREATE TYPE gone AS (a integer);
CREATE FUNCTION gone(gone, gone) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR === (LEFTARG = gone, RIGHTARG = gone, FUNCTION = gone, COMMUTATOR = ====);
CREATE TABLE t (a text);
