INSERT INTO t VALUES (1, 'ok', '(ok,x)', '("(7)","(ok,y)")', 1.5, '{1,2}', '(3)', '{"{[1,2)}"}', '("[1,2)",ok)', 'abc', '{a,b}', '{ok,happy}', 'ok', 3);
INSERT INTO t VALUES (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'd', NULL, NULL, NULL, NULL);
INSERT INTO typed VALUES (1, 'x');
INSERT INTO typed_shrunk VALUES (1);
INSERT INTO turns VALUES ('(1,x)'), (NULL), ('(,)');
INSERT INTO has_longest VALUES ('(1,x)'), (NULL);
