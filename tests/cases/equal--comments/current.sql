-- What is to be done; in words.
CREATE TABLE t ( -- it's (nearly) nothing
    a TEXT /* a, b; c */ NOT NULL, -- );
    b INTEGER CHECK (b /* > 1 */ > 0)
);
/* CREATE TABLE u (a); */
CREATE TRIGGER r AFTER INSERT ON t BEGIN -- END;
    SELECT /* ; */ 1;
END;
