INSERT INTO members (email, phone, role) VALUES
    ('ada@example.org', '0151 1', 'librarian'), ('bob@example.org', NULL, 'reader'), ('eve@example.org', '0151 2', 'reader');
INSERT INTO books (title, isbn) VALUES ('Moby Dick', NULL), ('Emma', '978-0');
INSERT INTO loans (member_id, book_id, due, returned) VALUES (2, 1, '2026-12-01', NULL), (3, 2, '2026-11-01', '2026-10-30');
