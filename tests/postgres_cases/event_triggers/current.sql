-- What an event trigger calls and reads changes while it fires.
CREATE TABLE audit (tag text, note text);
CREATE FUNCTION told() RETURNS event_trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO audit (tag) VALUES (tg_tag); END';
CREATE EVENT TRIGGER tells ON ddl_command_end EXECUTE FUNCTION told();
COMMENT ON EVENT TRIGGER tells IS 'before';

-- Only what it reads is made anew.
CREATE TABLE numbers (id serial, tag text);
CREATE FUNCTION counted() RETURNS event_trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO numbers (tag) VALUES (tg_tag); END';
CREATE EVENT TRIGGER counts ON ddl_command_start EXECUTE FUNCTION counted();
ALTER EVENT TRIGGER counts ENABLE ALWAYS;

-- One goes, one comes, one rests and one does no more.
CREATE TABLE gone (tag text);
CREATE FUNCTION goes() RETURNS event_trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO gone VALUES (tg_tag); END';
CREATE EVENT TRIGGER goes ON ddl_command_end EXECUTE FUNCTION goes();
CREATE TABLE seen (tag text);
CREATE FUNCTION sees() RETURNS event_trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO seen VALUES (tg_tag); END';
CREATE EVENT TRIGGER sees ON ddl_command_end EXECUTE FUNCTION sees();
CREATE EVENT TRIGGER sleeps ON ddl_command_start EXECUTE FUNCTION sees();
ALTER EVENT TRIGGER sleeps DISABLE;
