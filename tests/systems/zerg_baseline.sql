-- Zerg in November 2025: create_all() made the tables, and Alembic was told of a baseline that does
-- nothing. One table (connectors) is not in its document.
CREATE TABLE users (
	id INTEGER NOT NULL, 
	provider VARCHAR, 
	provider_user_id VARCHAR, 
	email VARCHAR NOT NULL, 
	is_active BOOLEAN NOT NULL, 
	role VARCHAR(5) NOT NULL, 
	display_name VARCHAR, 
	prefs JSON, 
	last_login DATETIME, 
	created_at DATETIME DEFAULT CURRENT_TIMESTAMP, 
	updated_at DATETIME DEFAULT CURRENT_TIMESTAMP, 
	PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ix_users_email ON users (email);
CREATE INDEX ix_users_id ON users (id);
CREATE INDEX ix_users_provider_user_id ON users (provider_user_id);
CREATE TABLE agents (
	id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	status VARCHAR(10), 
	system_instructions TEXT NOT NULL, 
	task_instructions TEXT NOT NULL, 
	schedule VARCHAR, 
	model VARCHAR NOT NULL, 
	config JSON, 
	owner_id INTEGER NOT NULL, 
	next_run_at DATETIME, 
	last_run_at DATETIME, 
	last_error TEXT, 
	created_at DATETIME DEFAULT CURRENT_TIMESTAMP, 
	updated_at DATETIME DEFAULT CURRENT_TIMESTAMP, 
	PRIMARY KEY (id), 
	FOREIGN KEY(owner_id) REFERENCES users (id)
);
CREATE INDEX ix_agents_id ON agents (id);
CREATE INDEX ix_agents_owner_id ON agents (owner_id);
CREATE TABLE agent_messages (
	id INTEGER NOT NULL, 
	agent_id INTEGER, 
	role VARCHAR NOT NULL, 
	content TEXT NOT NULL, 
	timestamp DATETIME DEFAULT CURRENT_TIMESTAMP, 
	PRIMARY KEY (id), 
	FOREIGN KEY(agent_id) REFERENCES agents (id)
);
CREATE INDEX ix_agent_messages_id ON agent_messages (id);
CREATE TABLE agent_threads (
	id INTEGER NOT NULL, 
	agent_id INTEGER, 
	title VARCHAR NOT NULL, 
	active BOOLEAN, 
	agent_state JSON, 
	memory_strategy VARCHAR, 
	thread_type VARCHAR(9) NOT NULL, 
	created_at DATETIME DEFAULT CURRENT_TIMESTAMP, 
	updated_at DATETIME DEFAULT CURRENT_TIMESTAMP, 
	PRIMARY KEY (id), 
	FOREIGN KEY(agent_id) REFERENCES agents (id)
);
CREATE INDEX ix_agent_threads_id ON agent_threads (id);
CREATE TABLE thread_messages (
	id INTEGER NOT NULL, 
	thread_id INTEGER, 
	role VARCHAR NOT NULL, 
	content TEXT NOT NULL, 
	tool_calls JSON, 
	tool_call_id VARCHAR, 
	name VARCHAR, 
	sent_at DATETIME DEFAULT CURRENT_TIMESTAMP, 
	processed BOOLEAN NOT NULL, 
	message_metadata JSON, 
	parent_id INTEGER, 
	PRIMARY KEY (id), 
	FOREIGN KEY(thread_id) REFERENCES agent_threads (id), 
	FOREIGN KEY(parent_id) REFERENCES thread_messages (id)
);
CREATE INDEX ix_thread_messages_id ON thread_messages (id);
CREATE TABLE triggers (
	id INTEGER NOT NULL, 
	agent_id INTEGER NOT NULL, 
	type VARCHAR NOT NULL, 
	secret VARCHAR NOT NULL, 
	config JSON, 
	created_at DATETIME DEFAULT CURRENT_TIMESTAMP, 
	PRIMARY KEY (id), 
	FOREIGN KEY(agent_id) REFERENCES agents (id)
);
CREATE INDEX ix_triggers_id ON triggers (id);
CREATE UNIQUE INDEX ix_triggers_secret ON triggers (secret);
CREATE TABLE connectors (
	id INTEGER NOT NULL, 
	owner_id INTEGER NOT NULL, 
	type VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(owner_id) REFERENCES users (id)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version VALUES ('b03448f2abcd');
INSERT INTO users (id, provider, email, is_active, role, prefs) VALUES
    (1, 'google', 'ada@example.org', 1, 'ADMIN', '{}'), (2, NULL, 'bob@example.org', 1, 'USER', NULL);
INSERT INTO agents (id, name, status, system_instructions, task_instructions, schedule, model, config,
    owner_id) VALUES
    (1, 'digest', 'IDLE', 'Be brief.', 'Sum up the day.', '0 18 * * *', 'gpt-4o', '{"k": 1}', 1),
    (7, 'by hand', 'ERROR', 'Be.', 'Do.', NULL, 'gpt-4o-mini', NULL, 2);
INSERT INTO agent_threads (id, agent_id, title, active, memory_strategy, thread_type) VALUES
    (1, 1, 'Tuesday', 1, 'buffer', 'SCHEDULED'), (2, 1, 'Monday', 0, 'buffer', 'CHAT');
INSERT INTO thread_messages (id, thread_id, role, content, sent_at, processed, parent_id) VALUES
    (10, 1, 'user', 'it''s “on”', '2025-11-20 08:00:00', 1, NULL),
    (11, 1, 'assistant', 'Yes.', '2025-11-20 08:00:05', 0, 10);
INSERT INTO agent_messages (id, agent_id, role, content) VALUES (1, 1, 'system', 'begun');
INSERT INTO triggers (id, agent_id, type, secret) VALUES (5, 1, 'webhook', 's3cret');
INSERT INTO connectors (id, owner_id, type) VALUES (3, 1, 'email');
