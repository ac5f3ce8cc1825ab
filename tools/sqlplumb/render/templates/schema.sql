{{ head }}{% if statements %}{{ "\n\n" }}{{ statements }}{% else %} This table is an example: put your own in its place.

CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL COLLATE NOCASE,
    role TEXT NOT NULL DEFAULT 'reader',
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,  -- UTC
    CONSTRAINT ck_users_role CHECK (role IN ('reader', 'editor', 'admin'))
);
CREATE UNIQUE INDEX uq_users_email ON users (email);
{% endif %}
