INSERT INTO t (id, name, amount) VALUES (1, 'a', 10), (2, 'b', 20);
