INSERT INTO people VALUES (1, 'a@b', 'c', '(1,x)', NULL, '(1,2)');
