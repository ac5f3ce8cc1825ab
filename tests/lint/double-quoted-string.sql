CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    status TEXT DEFAULT "open", -- expect: S115
    kind TEXT DEFAULT 'plain' CHECK ("kind" <> "none"), -- expect: S115
    "note" TEXT CHECK ("note" <> ''),
    said TEXT DEFAULT 'a "word"',
    shown TEXT AS ("kind" || "-"), -- expect: S115
    told TEXT AS ("kind" || '-')
);
CREATE INDEX by_status ON tasks ("status");
CREATE INDEX by_open ON tasks (kind) WHERE status = "open"; -- expect: S115
CREATE INDEX by_note ON tasks ("note" COLLATE "nocase");
CREATE VIEW v1 AS SELECT id AS "number", "status" FROM tasks WHERE kind = 'x';
CREATE VIEW v2 AS SELECT id FROM tasks WHERE status = "done"; -- expect: S115
CREATE VIEW v3 AS SELECT t."id", "t".kind, count(*) "how many" FROM "tasks" AS t GROUP BY "number"; -- expect: S115
CREATE VIEW v5 AS SELECT id, "plain" AS "a word" FROM tasks WHERE kind LIKE "%a" AND "kind" > ''; -- expect: S115 S115
CREATE VIEW v6 AS SELECT our_own("status") AS "s" FROM tasks ORDER BY "s", "id";
CREATE VIEW v4 AS WITH "few" AS (SELECT id FROM tasks) SELECT "few"."id" FROM "few";
CREATE TRIGGER tr AFTER INSERT ON tasks -- expect: S115
BEGIN
    UPDATE tasks SET kind = "other" WHERE "id" = "new"."id";
END;
