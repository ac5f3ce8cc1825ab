CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,
    a TEXT CHECK (json_valid(a)), -- expect: S109
    b TEXT CHECK (b IS NULL OR json_valid(b)),
    c TEXT NOT NULL CHECK (json_valid(c)),
    d TEXT CHECK (d IN ('x', 'y')),
    e TEXT CHECK (e IN ('x', 'y', NULL)), -- expect: S109
    f TEXT CHECK (f <> NULL), -- expect: S109
    g TEXT DEFAULT 'x' CHECK (g IN ('x', 'y')), -- expect: S109
    h TEXT DEFAULT NULL CHECK (h IN ('x', 'y')),
    i TEXT NOT NULL DEFAULT 'x' CHECK (i IN ('x', 'y')),
    j TEXT DEFAULT 'x' CHECK (j IS NULL OR j IN ('x', 'y')),
    k TEXT CHECK (k <> 'NULL'),
    l INTEGER CHECK (l = NULL OR l > 3), -- expect: S109
    m INTEGER CHECK (m > 3),
    n TEXT CHECK (json_valid(n) AND json_extract(n, '$.a') > 3), -- expect: S109
    o INTEGER CHECK (json_extract(a, '$.a') > 3 OR o = NULL), -- expect: S109
    p INTEGER CHECK (p IN (1, 2) AND p IN (2, NULL)), -- expect: S109
    q TEXT DEFAULT 'x' CHECK (q IN ('x', 'y') OR q IS NULL),
    r TEXT CHECK (r <> 'json_valid(r)' AND r <> 's = NULL'),
    CHECK (CASE WHEN d IS NULL THEN 1 ELSE json_valid(d) END)
);
