INSERT INTO named (a) VALUES (1);
INSERT INTO usual (a) VALUES (1), (2);
