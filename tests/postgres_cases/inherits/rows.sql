INSERT INTO child VALUES (1, 'a', 'b'); INSERT INTO stray VALUES (2, 'c', 'd'); INSERT INTO leaves VALUES (3, 'e');
