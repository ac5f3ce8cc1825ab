CREATE FUNCTION price(amount integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT amount * 3';
CREATE FUNCTION label(text) RETURNS text LANGUAGE sql STABLE AS $$SELECT 'm-' || $1$$;
CREATE FUNCTION odd(n bigint) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN NOT even(n); END';
CREATE FUNCTION even(n bigint) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN NOT odd(n); END';
CREATE FUNCTION other(a integer, b text DEFAULT 'b') RETURNS TABLE (c text) LANGUAGE sql AS 'SELECT b';
CREATE TABLE goods (
    id integer PRIMARY KEY,
    cost integer DEFAULT price(2) CHECK (price(cost) > 0),
    doubled integer GENERATED ALWAYS AS (price(cost)) STORED,
    name text DEFAULT label('x'),
    more text
);
CREATE INDEX goods_price_idx ON goods (price(cost));
CREATE FUNCTION name_of(goods) RETURNS text LANGUAGE sql AS 'SELECT $1.more';
CREATE VIEW named AS SELECT name_of(goods) AS name FROM goods;
CREATE FUNCTION count_goods() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(more) FROM goods; END;
CREATE AGGREGATE total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '1');
CREATE PROCEDURE tidy() LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN PERFORM 1; END';
COMMENT ON FUNCTION price(integer) IS 'what it costs';
REVOKE EXECUTE ON FUNCTION price(integer) FROM PUBLIC;
