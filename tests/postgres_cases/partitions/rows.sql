INSERT INTO events VALUES (1, 'a', '2024-01-01'), (2, 'b', NULL);
INSERT INTO events_c VALUES (3, 'c', NULL);
INSERT INTO logs VALUES (1, '2020-01-01', 'one'), (2, '2025-01-01', 'two');
