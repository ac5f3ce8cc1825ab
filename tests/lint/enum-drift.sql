CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    status TEXT CHECK (status IN ('new', 'open', 'held', 'done', 'failed')),
    size TEXT CHECK (size IN ('s', 'm')),
    colour TEXT CHECK (colour IN ('red', 'blue'))
);
CREATE TABLE task_events (
    id INTEGER PRIMARY KEY,
    previous_status TEXT CHECK (previous_status IN ('open', 'new', 'done', 'held', 'failed')),
    new_status TEXT CHECK (new_status IS NULL OR new_status IN ('new', 'open', 'held', 'done')), -- expect: S113
    size TEXT CHECK (size IN ('m', 's', 'l', 'xl')),
    kind TEXT CHECK (kind IN ('red', 'blue'))
);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    status TEXT CHECK (status IN ('cart', 'paid', 'sent', 'done'))
);
