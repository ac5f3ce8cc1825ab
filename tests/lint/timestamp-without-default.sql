CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    created_at DATETIME NOT NULL, -- expect: S112
    created TIMESTAMP NOT NULL, -- expect: S112
    created_on DATETIME,
    inserted_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    starts_at DATETIME NOT NULL,
    created_by TEXT NOT NULL,
    timestamp_created INTEGER NOT NULL
);
