CREATE SEQUENCE alone INCREMENT 2;
CREATE SEQUENCE moves;
CREATE TABLE one (id integer DEFAULT nextval('moves') PRIMARY KEY, n integer DEFAULT nextval('alone'));
ALTER SEQUENCE moves OWNED BY one.id;
CREATE TABLE two (id integer PRIMARY KEY, other integer);
CREATE TABLE three (id serial PRIMARY KEY, m integer GENERATED ALWAYS AS IDENTITY);
CREATE TABLE four (id serial PRIMARY KEY);
