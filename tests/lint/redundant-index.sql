CREATE TABLE events (id INTEGER PRIMARY KEY, kind TEXT, at TEXT, actor TEXT, UNIQUE (actor, at));
CREATE INDEX by_kind ON events (kind); -- expect: S107
CREATE INDEX by_kind_at ON events (kind, at);
CREATE INDEX by_at ON events (at);
CREATE INDEX by_actor ON events (actor); -- expect: S107
CREATE INDEX by_kind_down ON events (kind DESC);
CREATE INDEX by_some_kinds ON events (kind) WHERE at IS NOT NULL;
CREATE TABLE pairs (a INTEGER, b INTEGER, PRIMARY KEY (a, b));
CREATE INDEX by_a ON pairs (a); -- expect: S107
CREATE INDEX by_b ON pairs (b);
CREATE TABLE nodes (id INTEGER PRIMARY KEY, parent INTEGER, place INTEGER);
CREATE UNIQUE INDEX uq_parent ON nodes (parent);
CREATE INDEX by_parent_and_place ON nodes (parent, place);
