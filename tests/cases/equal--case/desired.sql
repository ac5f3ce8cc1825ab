create table tasks (id integer primary key, name text not null default 'A' check (length(name) > 0));
create index idx_tasks on tasks (name collate nocase);
create view names as select name from tasks;
