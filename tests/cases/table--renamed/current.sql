CREATE TABLE task_item (body TEXT);
