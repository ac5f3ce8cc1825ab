CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, name TEXT, nick TEXT COLLATE NOCASE);
CREATE INDEX by_id ON users (id); -- expect: S106
CREATE INDEX by_email ON users (email); -- expect: S106
CREATE INDEX by_email_down ON users (email DESC); -- expect: S106
CREATE INDEX by_email_and_name ON users (email, name);
CREATE INDEX by_name ON users (name);
CREATE INDEX by_name_again ON users (NAME); -- expect: S106
CREATE INDEX by_name_nocase ON users (name COLLATE NOCASE);
CREATE INDEX by_some_names ON users (name) WHERE name <> '';
CREATE INDEX by_some_names_again ON users (name) WHERE (name != ''); -- expect: S106
CREATE INDEX by_nick ON users (nick); -- expect: S106
CREATE UNIQUE INDEX uq_nick ON users (nick COLLATE NOCASE);
CREATE INDEX by_two ON users (name, email DESC);
CREATE INDEX by_two_up ON users (name, email);
CREATE INDEX by_expression ON users (lower(name));
CREATE INDEX by_expression_again ON users ((lower("name"))); -- expect: S106
CREATE TABLE other (name TEXT);
CREATE INDEX by_other_name ON other (name);
