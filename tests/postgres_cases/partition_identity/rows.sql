INSERT INTO events (day, note) VALUES ('2024-05-05', 'x'), ('2025-05-05', 'y');
INSERT INTO counted (kind) VALUES ('a');
INSERT INTO uncounted VALUES (7, 'a');
