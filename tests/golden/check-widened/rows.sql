WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
INSERT INTO tasks (id, title, status) SELECT i, 'task ' || i, iif(i % 3, 'todo', 'done') FROM n;
INSERT INTO comments (task_id, body) SELECT id, 'seen' FROM tasks WHERE id % 2;
INSERT INTO attachments (comment_id, name) SELECT id, 'photo.png' FROM comments WHERE id % 5 = 0;
