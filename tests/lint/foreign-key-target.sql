CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT,
    nick TEXT COLLATE NOCASE,
    a INTEGER,
    b INTEGER,
    UNIQUE (a, b)
);
CREATE UNIQUE INDEX uq_users_name ON users (name) WHERE name <> '';
CREATE UNIQUE INDEX uq_users_nick ON users (nick COLLATE BINARY);
CREATE VIEW people AS SELECT id FROM users;
CREATE TABLE keyless (x INTEGER);
CREATE TABLE pairs (a INTEGER, b INTEGER, PRIMARY KEY (a, b));
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    ok_1 INTEGER REFERENCES users,
    ok_2 INTEGER REFERENCES USERS (ID),
    ok_3 TEXT REFERENCES users (email),
    ok_4 INTEGER REFERENCES orders (id),
    bad_1 INTEGER REFERENCES accounts (id), -- expect: S104
    bad_2 INTEGER REFERENCES users (uid), -- expect: S104
    bad_3 TEXT REFERENCES users (name), -- expect: S104
    bad_4 TEXT REFERENCES users (nick), -- expect: S104
    bad_5 INTEGER REFERENCES people (id), -- expect: S104
    bad_6 INTEGER REFERENCES keyless, -- expect: S104
    bad_7 INTEGER REFERENCES pairs, -- expect: S104
    a INTEGER,
    b INTEGER,
    FOREIGN KEY (a, b) REFERENCES users (b, a),
    FOREIGN KEY (a, b) REFERENCES pairs,
    FOREIGN KEY (a, b) REFERENCES users (a, id) -- expect: S104
);
