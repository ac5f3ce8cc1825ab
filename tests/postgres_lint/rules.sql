-- Rules, triggers, policies, functions: what is wrong, and what only looks like it.
CREATE TABLE tasks (
    id bigint PRIMARY KEY,
    status text NOT NULL DEFAULT 'new',
    parent_null bigint,
    CONSTRAINT ck_equal CHECK (status = NULL), -- expect: S215
    CONSTRAINT ck_listed CHECK (status IN ('new', NULL)), -- expect: S215
    CONSTRAINT ck_distinct CHECK (parent_null IS DISTINCT FROM NULL),
    CONSTRAINT ck_case CHECK (CASE WHEN status = 'new' THEN NULL ELSE true END),
    CONSTRAINT ck_array CHECK (ARRAY[status, NULL] <> ARRAY['a']),
    CONSTRAINT ck_null CHECK (status <> 'NULL')
);
CREATE INDEX tasks_none ON tasks (status) WHERE parent_null <> NULL; -- expect: S215
CREATE INDEX tasks_some ON tasks (status) WHERE parent_null IS NOT NULL;
ALTER TABLE tasks ADD CONSTRAINT ck_later CHECK (id > 0) NOT VALID; -- expect: S212
ALTER TABLE tasks ADD CONSTRAINT ck_twice CHECK (id > 0); -- expect: S121
CREATE FUNCTION safe() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = ''
    AS $$ SELECT 1 $$;
CREATE FUNCTION invoked() RETURNS text LANGUAGE sql AS $$ SELECT 'SECURITY DEFINER' $$;
CREATE FUNCTION bound() RETURNS bigint LANGUAGE sql SECURITY DEFINER
    BEGIN ATOMIC SELECT count(*) FROM tasks; END;
CREATE FUNCTION unsafe() RETURNS bigint LANGUAGE sql SECURITY DEFINER -- expect: S210
    AS $$ SELECT 1 $$;
CREATE TABLE notes (id bigint PRIMARY KEY, owner text);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (owner = current_user);
CREATE TABLE open_notes (id bigint PRIMARY KEY, owner text);
CREATE POLICY own ON open_notes USING (owner = current_user); -- expect: S209
CREATE TABLE shut_notes (id bigint PRIMARY KEY); -- expect: S216
ALTER TABLE shut_notes ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
CREATE TRIGGER touched BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER off BEFORE UPDATE ON open_notes FOR EACH ROW EXECUTE FUNCTION touch(); -- expect: S217
ALTER TABLE open_notes DISABLE TRIGGER off;
CREATE TABLE wanted (id bigint PRIMARY KEY, name varchar(5)); -- sqlplumb: ignore S205 a code
-- sqlplumb: ignore varchar-limit
CREATE TABLE no_reason (id bigint PRIMARY KEY, name varchar(5)); -- expect: S205
