INSERT INTO notes VALUES (1, 'me', 'text', NULL);
