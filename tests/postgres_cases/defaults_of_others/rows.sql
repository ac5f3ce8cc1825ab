INSERT INTO t VALUES (1, 'a', 'b', 'c', 'd', 'e'), (2, 'a', 'b', 'c', 'd', NULL);
