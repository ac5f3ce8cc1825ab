CREATE TABLE people (id INTEGER PRIMARY KEY, address_street TEXT, address_city TEXT);
