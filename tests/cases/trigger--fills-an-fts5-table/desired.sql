CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);
CREATE VIRTUAL TABLE docs USING fts5(body, content = 'notes', content_rowid = 'id');
CREATE TRIGGER notes_are_found AFTER INSERT ON notes BEGIN
    INSERT INTO docs (rowid, body) VALUES (new.id, new.body);
END;
