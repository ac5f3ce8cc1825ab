CREATE TABLE "order" (id INTEGER PRIMARY KEY); -- expect: S114
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    "group" TEXT, -- expect: S114
    "end" TEXT,
    kind TEXT,
    "key" TEXT,
    " padded" TEXT -- expect: S114
);
CREATE TABLE numbered (
    rowid INTEGER, -- expect: S114
    id INTEGER PRIMARY KEY
);
CREATE TABLE well_numbered (rowid INTEGER PRIMARY KEY);
CREATE TABLE clustered (oid TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE VIEW "select" AS SELECT id FROM orders; -- expect: S114
CREATE INDEX "index" ON orders (kind); -- expect: S114
