INSERT INTO a (id, x, y, kept) VALUES (1, 2, 3, 4);
INSERT INTO b (id, x, y, kept) VALUES (2, 3, 4, 5);
INSERT INTO p VALUES (1, 'a', 3), (2, 'a', 4);
INSERT INTO k VALUES (1, 2);
INSERT INTO k_child VALUES (3, 4);
