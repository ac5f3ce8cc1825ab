CREATE TABLE people (id INTEGER PRIMARY KEY, home_address TEXT);
