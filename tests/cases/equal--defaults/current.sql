CREATE TABLE t (
    made TEXT DEFAULT (CURRENT_TIMESTAMP),
    size INTEGER DEFAULT (+5),
    debt INTEGER DEFAULT (-5),
    state TEXT DEFAULT waiting,
    kind TEXT DEFAULT "plain"
);
