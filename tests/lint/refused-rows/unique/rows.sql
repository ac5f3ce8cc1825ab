INSERT INTO tasks (status) VALUES ('a'), ('a');
