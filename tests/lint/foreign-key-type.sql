CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(80) UNIQUE, score REAL UNIQUE, raw UNIQUE);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    a INTEGER REFERENCES users (id),
    b BIGINT REFERENCES users,
    c NUMERIC REFERENCES users (id),
    d TEXT REFERENCES users (id), -- expect: S105
    e CHAR(80) REFERENCES users (email),
    f INTEGER REFERENCES users (email), -- expect: S105
    g TEXT REFERENCES users (raw),
    h REFERENCES users (id),
    i INTEGER REFERENCES users (score),
    j TEXT REFERENCES nowhere (id)
);
