CREATE TABLE audit (command text, note text);
CREATE FUNCTION told() RETURNS event_trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO audit (command) VALUES (tg_tag); END';
CREATE EVENT TRIGGER tells ON ddl_command_end EXECUTE FUNCTION told();
COMMENT ON EVENT TRIGGER tells IS 'behind';

CREATE TABLE numbers (id serial, tag text) PARTITION BY LIST (tag);
CREATE TABLE numbers_rest PARTITION OF numbers DEFAULT;
CREATE FUNCTION counted() RETURNS event_trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO numbers (tag) VALUES (tg_tag); END';
CREATE EVENT TRIGGER counts ON ddl_command_start EXECUTE FUNCTION counted();
ALTER EVENT TRIGGER counts ENABLE ALWAYS;

CREATE TABLE come (tag text);
CREATE FUNCTION comes() RETURNS event_trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO come VALUES (tg_tag); END';
CREATE EVENT TRIGGER comes ON ddl_command_end EXECUTE FUNCTION comes();
CREATE TABLE seen (word text);
CREATE FUNCTION sees() RETURNS event_trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO seen (word) VALUES (tg_tag); END';
CREATE EVENT TRIGGER sees ON ddl_command_end EXECUTE FUNCTION sees();
ALTER EVENT TRIGGER sees DISABLE;
CREATE EVENT TRIGGER sleeps ON ddl_command_start EXECUTE FUNCTION sees();
