CREATE TABLE t (a TEXT, b TEXT, c INTEGER);
CREATE TRIGGER t_keeps AFTER UPDATE OF a ON t WHEN new.a IS NOT old.a BEGIN
    UPDATE t SET c = c + 1 WHERE rowid = new.rowid;
    SELECT 1;
END;
