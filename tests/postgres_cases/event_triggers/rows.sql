INSERT INTO audit (note) VALUES ('kept');
