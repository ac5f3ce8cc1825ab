CREATE TABLE people (id INTEGER PRIMARY KEY, address_street TEXT, -- @backfill home_address
    address_city TEXT);
