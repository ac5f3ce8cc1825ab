INSERT INTO t VALUES (1, 'x', '(y)', '{z,NULL}', '[1,3)', 'w');
