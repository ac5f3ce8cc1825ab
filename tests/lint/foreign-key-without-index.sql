CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, a INTEGER, b INTEGER, UNIQUE (a, b));
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    user_id INTEGER REFERENCES users (id), -- expect: S103
    buyer_id INTEGER REFERENCES users (id),
    seller_id INTEGER REFERENCES users (id),
    agent_id INTEGER REFERENCES users (id),
    clerk_id INTEGER REFERENCES users (id), -- expect: S103
    guest_id INTEGER REFERENCES users (id), -- expect: S103
    CONSTRAINT uq_orders UNIQUE (seller_id, id)
);
CREATE INDEX idx_orders_buyer ON orders (buyer_id, user_id);
CREATE INDEX idx_orders_agent ON orders (agent_id) WHERE agent_id IS NOT NULL;
CREATE INDEX idx_orders_clerk ON orders (clerk_id) WHERE clerk_id > 10;
CREATE INDEX idx_orders_guest ON orders (abs(guest_id));
CREATE TABLE profiles (
    user_id INTEGER PRIMARY KEY REFERENCES users (id)
);
CREATE TABLE memberships (
    user_id INTEGER NOT NULL REFERENCES users (id),
    group_id INTEGER NOT NULL REFERENCES users (id), -- expect: S103
    PRIMARY KEY (user_id, group_id)
);
CREATE TABLE pairs (
    id INTEGER PRIMARY KEY,
    a INTEGER,
    b INTEGER,
    FOREIGN KEY (a, b) REFERENCES users (a, b)
);
CREATE INDEX idx_pairs_b ON pairs (b);
CREATE TABLE lost (id INTEGER PRIMARY KEY, other_id INTEGER REFERENCES nowhere (id));
CREATE TABLE collated (id INTEGER PRIMARY KEY, email TEXT REFERENCES users (email)); -- expect: S103
CREATE INDEX idx_collated ON collated (email COLLATE NOCASE);
