CREATE SCHEMA "App Data";
CREATE SCHEMA goes;
CREATE TABLE "App Data"."User" ("Id" integer PRIMARY KEY, "select" text, "it's" text);
CREATE INDEX "Odd Index" ON "App Data"."User" ("select");
CREATE VIEW goes.v AS SELECT "Id" FROM "App Data"."User";
CREATE TABLE goes.t (id integer);
CREATE FUNCTION "App Data"."Fun"("Arg" integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE TYPE "App Data"."Kind" AS ENUM ('a''b', 'c\d');
CREATE TABLE same (id integer);
