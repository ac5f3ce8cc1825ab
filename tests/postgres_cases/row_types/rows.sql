INSERT INTO whole VALUES (1, 'a');
INSERT INTO wider VALUES (1);
INSERT INTO longer VALUES (1);
INSERT INTO holds VALUES (1, '(1,a)', '(5)', '(2)', '{(3),(4)}', '("(6)")', '(7)', '{(8)}');
INSERT INTO moods VALUES ('ok', '{ok}');
INSERT INTO tells VALUES (1, ROW(7, 'b')), (2, NULL);
INSERT INTO grows VALUES (1);
INSERT INTO read_back VALUES ('(1)'), (NULL);
INSERT INTO kept_halves VALUES ('(1,)', '(,)'), ('(,x)', '(2,)');
