CREATE TABLE t (a TEXT CHECK (a <> 'it''s'), b TEXT DEFAULT 'on');
CREATE VIEW v AS SELECT a FROM t WHERE a <> 'nothing';
