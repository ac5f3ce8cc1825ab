INSERT INTO target VALUES (1), (5);
INSERT INTO whole VALUES (1), (5);
INSERT INTO counted (a) VALUES (1);
INSERT INTO renamed (a) VALUES (1);
