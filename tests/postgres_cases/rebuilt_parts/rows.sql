INSERT INTO was_whole VALUES (1), (2);
INSERT INTO was_part VALUES (1, 10), (2, 20);
INSERT INTO without_key VALUES (1, 10), (2, 20);
INSERT INTO levels VALUES (1), (2);
INSERT INTO level_of_levels VALUES (1), (2);
INSERT INTO both_ways VALUES (1, 10), (2, 20);
