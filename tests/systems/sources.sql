-- ResinKit's SQL sources in July 2025: every one has a server, a port, a user and a password.
INSERT INTO sql_sources (name, kind, host, port, "database", encrypted_user, encrypted_password,
    extra_params, created_by) VALUES
    ('lake', 'postgresql', 'db.example', 5432, 'lake', 'u1', 'p1', '{"sslmode": "require"}', 'ada'),
    ('shop', 'mysql', 'shop.example', 3306, 'orders', 'u2', 'p2', NULL, 'bob');
