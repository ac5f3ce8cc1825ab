-- What its installer shipped in May 2025: two revisions later, and by their ids.
ALTER TABLE tasks ADD COLUMN expires_at DATETIME;
CREATE INDEX idx_tasks_expires_at ON tasks (expires_at);
CREATE TABLE variables (
	name VARCHAR NOT NULL, 
	encrypted_value TEXT NOT NULL, 
	description TEXT, 
	created_at DATETIME DEFAULT (CURRENT_TIMESTAMP) NOT NULL, 
	updated_at DATETIME DEFAULT (CURRENT_TIMESTAMP) NOT NULL, 
	created_by VARCHAR NOT NULL, 
	PRIMARY KEY (name)
);
CREATE INDEX idx_variables_name ON variables (name);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version VALUES ('adfa6c905b9d');
INSERT INTO variables (name, encrypted_value, created_by) VALUES ('token', 'x1', 'ann');
