CREATE TABLE jobs ( -- @renamed from=tasks
    id INTEGER PRIMARY KEY, state TEXT -- @renamed from=status
);
