CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE jobs ( -- @renamed from=tasks
    id INTEGER PRIMARY KEY, status TEXT);
