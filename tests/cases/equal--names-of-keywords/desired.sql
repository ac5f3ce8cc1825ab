CREATE TABLE t ([order] INTEGER, `group` TEXT, like TEXT, CHECK (`order` > 0 AND "group" <> ''));
CREATE INDEX idx_t ON t ([order]);
