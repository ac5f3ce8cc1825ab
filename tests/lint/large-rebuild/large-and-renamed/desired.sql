CREATE TABLE jobs ( -- @renamed from=tasks
    id INTEGER PRIMARY KEY, status TEXT DEFAULT 'x');
