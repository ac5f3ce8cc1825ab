CREATE TABLE tasks (body TEXT);
