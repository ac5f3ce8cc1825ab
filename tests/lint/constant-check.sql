CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    a INTEGER CHECK (a >= 1 OR a <= 5), -- expect: S119
    b INTEGER CHECK (b >= 1 AND b <= 5),
    c TEXT NOT NULL CHECK (c IS NOT NULL), -- expect: S119
    d TEXT CHECK (d IS NOT NULL),
    e INTEGER CHECK (e > 5 AND e < 1), -- expect: S119
    f INTEGER NOT NULL CHECK (f > 5 AND f < 1), -- expect: S119
    g INTEGER CHECK (g <> NULL),
    h TEXT CHECK (length(h) >= 0 OR length(h) IS NULL OR length(h) < 0), -- expect: S119
    i TEXT CHECK (length(i) > 0),
    j TEXT CHECK (j = 'x' OR j <> 'x'), -- expect: S119
    m TEXT CHECK (m IS NULL),
    n INTEGER CHECK (n IS NULL OR n > 5 AND n < 1),
    k TEXT CHECK (k GLOB 'a*' OR k GLOB 'b*'),
    l INTEGER CHECK (abs(l) >= 0),
    CHECK (1),
    CHECK (a < b OR a >= b), -- expect: S119
    CHECK (a < b OR a > b)
);
