INSERT INTO told VALUES (1, 2);
INSERT INTO told_whole VALUES (1);
INSERT INTO told_no_more VALUES (1, 2, 3);
INSERT INTO told_otherwise VALUES (1, 2);
INSERT INTO told_by_key VALUES (1, 2);
