CREATE TABLE t (a TEXT CHECK (a <> "it's"), b TEXT DEFAULT "on");
