INSERT INTO users VALUES (1), (2);
INSERT INTO events VALUES (1, 'a', 1), (2, 'b', 2);
