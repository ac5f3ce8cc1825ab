INSERT INTO held VALUES (1, 5, 'a');
INSERT INTO wide (n) VALUES ('a'), ('b');
INSERT INTO wide_still (n) VALUES ('a');
