CREATE TABLE parent (id bigint NOT NULL, name text DEFAULT 'q', added date, CHECK (id > 0), CHECK (name <> ''));
CREATE TABLE child (more text, name text DEFAULT 'c') INHERITS (parent);
CREATE TABLE stray (more text) INHERITS (parent);
CREATE TABLE leaves (id integer, name text DEFAULT 'p', CONSTRAINT parent_id_check CHECK (id > 0));
