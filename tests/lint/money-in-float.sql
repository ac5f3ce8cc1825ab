CREATE TABLE items (
    id INTEGER PRIMARY KEY,
    price REAL, -- expect: S116
    unitPrice FLOAT, -- expect: S116
    total_cost DOUBLE PRECISION, -- expect: S116
    balance DECIMAL(10, 2), -- expect: S116
    price_cents INTEGER,
    fee_rate REAL,
    cost_id REAL,
    weight REAL,
    feel REAL,
    coffee REAL,
    price_label TEXT
);
