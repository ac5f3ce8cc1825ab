CREATE SCHEMA "App Data";
CREATE SCHEMA comes;
CREATE TYPE "App Data"."Kind" AS ENUM ('a''b', 'x"y', 'c\d');
CREATE TABLE "App Data"."User" ("Id" bigint PRIMARY KEY, "select" varchar, "New.Col" text, kind "App Data"."Kind");
CREATE INDEX "Odd Index" ON "App Data"."User" ("select" DESC);
CREATE VIEW comes.v AS SELECT "Id" FROM "App Data"."User";
CREATE TABLE comes.t (id integer);
CREATE FUNCTION "App Data"."Fun"("Arg" text) RETURNS integer LANGUAGE sql AS 'SELECT 1';

CREATE TABLE "Same" (id integer);
CREATE VIEW same AS SELECT id FROM "Same";
