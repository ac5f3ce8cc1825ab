CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, up TEXT AS (upper(name)));
