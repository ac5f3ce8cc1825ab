INSERT INTO kept VALUES ('x', 'y', '{sad,glad}');
INSERT INTO whole VALUES (1, 'x');
INSERT INTO parent VALUES (1, 'x');
INSERT INTO child VALUES (2, 'y');
