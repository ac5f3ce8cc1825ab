CREATE TABLE used (id int, a int, b int);
