INSERT INTO t VALUES
    (1, true, 2.5, '2024-05-05 05:05+00', '2024-05-05', '{a,b}', '7c5f6e1e-0000-4000-8000-000000000000', false, '5 hours');
INSERT INTO counted (label) VALUES ('a');
INSERT INTO to_arrays VALUES (2, NULL, NULL, NULL, NULL);
