CREATE TABLE parent (id integer, name text DEFAULT 'p', CHECK (id > 0));
CREATE TABLE child (more text) INHERITS (parent);
CREATE TABLE stray (id integer, name text, more text, CONSTRAINT parent_id_check CHECK (id > 0));
CREATE TABLE leaves () INHERITS (parent);
