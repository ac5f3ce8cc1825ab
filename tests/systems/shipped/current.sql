-- The same, as its first migration made it and its installer shipped it: the types that SQLAlchemy
-- spells, defaults in brackets, and AUTOINCREMENT gone. Nobody ever wrote a revision into it.
CREATE TABLE tasks (
	task_id VARCHAR NOT NULL, 
	task_type VARCHAR NOT NULL, 
	task_name VARCHAR, 
	description TEXT, 
	status VARCHAR(10) DEFAULT ('PENDING') NOT NULL, 
	priority INTEGER DEFAULT (0) NOT NULL, 
	created_at DATETIME DEFAULT (CURRENT_TIMESTAMP) NOT NULL, 
	updated_at DATETIME DEFAULT (CURRENT_TIMESTAMP) NOT NULL, 
	started_at DATETIME, 
	finished_at DATETIME, 
	submitted_configs VARCHAR NOT NULL, 
	error_info VARCHAR, 
	result_summary VARCHAR, 
	execution_details VARCHAR, 
	progress_details VARCHAR, 
	created_by VARCHAR NOT NULL, 
	notification_config VARCHAR, 
	tags VARCHAR, 
	active BOOLEAN DEFAULT (1) NOT NULL, 
	CONSTRAINT valid_task_status CHECK (status IN ('PENDING', 'SUBMITTED', 'VALIDATING', 'PREPARING', 'BUILDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLING', 'CANCELLED')), 
	PRIMARY KEY (task_id)
);
CREATE INDEX idx_tasks_created_at ON tasks (created_at);
CREATE INDEX idx_tasks_created_by ON tasks (created_by);
CREATE INDEX idx_tasks_status ON tasks (status) WHERE active = 1;
CREATE INDEX idx_tasks_task_type ON tasks (task_type) WHERE active = 1;
CREATE TABLE task_events (
	event_id INTEGER NOT NULL, 
	task_id VARCHAR NOT NULL, 
	event_type VARCHAR NOT NULL, 
	event_data VARCHAR, 
	previous_status VARCHAR(10), 
	new_status VARCHAR(10), 
	timestamp DATETIME DEFAULT (CURRENT_TIMESTAMP) NOT NULL, 
	actor VARCHAR, 
	PRIMARY KEY (event_id), 
	FOREIGN KEY(task_id) REFERENCES tasks (task_id)
);
CREATE INDEX idx_task_events_event_type ON task_events (event_type);
CREATE INDEX idx_task_events_task_id ON task_events (task_id);
CREATE INDEX idx_task_events_timestamp ON task_events (timestamp);
