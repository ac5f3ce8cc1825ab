INSERT INTO t VALUES (1, 1, 1, 1, 1, 1, 1, 1), (2, 2, 2, 2, 2, 2, 2, 2);
INSERT INTO parent VALUES (1, 1);
INSERT INTO child VALUES (2, 2, 2);
INSERT INTO whole VALUES (1, 'a'), (2, 'b');
