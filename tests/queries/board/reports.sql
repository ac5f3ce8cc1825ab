SELECT title FROM tasks WHERE active = 1;
