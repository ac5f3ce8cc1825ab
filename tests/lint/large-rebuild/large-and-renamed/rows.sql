INSERT INTO tasks (status) VALUES ('a'), ('b'), ('c');
