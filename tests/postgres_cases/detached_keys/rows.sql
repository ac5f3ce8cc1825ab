INSERT INTO target VALUES (1), (5), (20);
INSERT INTO whole VALUES (1), (5), (20);
