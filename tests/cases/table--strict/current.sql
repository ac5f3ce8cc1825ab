CREATE TABLE tasks (body TEXT, size INTEGER);
