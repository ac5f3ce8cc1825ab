CREATE TABLE users (id INTEGER PRIMARY KEY, title TEXT -- @renamed from=name
);
