INSERT INTO tasks (title, size, notes) VALUES ('one', 1, 'x'), ('two', 8, 'y'), ('three', 9, NULL);
INSERT INTO counters VALUES ('a', 1);
INSERT INTO plain VALUES (7, 'seven');
