-- Who may borrow.
CREATE TABLE members (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL COLLATE NOCASE,
    role TEXT NOT NULL DEFAULT 'reader',
    CONSTRAINT ck_members_role CHECK (role IN ('reader', 'librarian'))
);
CREATE UNIQUE INDEX uq_members_email ON members (email);

CREATE TABLE books (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    isbn TEXT
);

-- A book that somebody has, or had.
CREATE TABLE loans (
    id INTEGER PRIMARY KEY,
    member_id INTEGER NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    book_id INTEGER NOT NULL REFERENCES books (id),
    due TEXT NOT NULL,
    returned TEXT
);
CREATE INDEX ix_loans_member ON loans (member_id);
CREATE INDEX ix_loans_open ON loans (due) WHERE returned IS NULL;

CREATE VIEW open_loans AS
SELECT l.id, m.email, b.titel, l.due
FROM loans AS l
JOIN members AS m ON m.id = l.member_id
JOIN books AS b ON b.id = l.book_id
WHERE l.returned IS NULL;
