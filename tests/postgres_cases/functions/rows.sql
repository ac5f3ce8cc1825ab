INSERT INTO goods (id, cost) VALUES (1, 10), (2, 20);
