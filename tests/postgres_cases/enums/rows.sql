INSERT INTO jobs (id, state, good) VALUES (1, 'open', 'done'), (2, 'done', 'new');
