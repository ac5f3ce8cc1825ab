INSERT INTO people (id, country) VALUES (1, 'here'), (2, 'here');
INSERT INTO houses VALUES ('here', NULL);
