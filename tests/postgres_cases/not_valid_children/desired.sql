CREATE TABLE parent (x int);
ALTER TABLE parent ADD CONSTRAINT more CHECK (x > 2) NOT VALID;
CREATE TABLE child () INHERITS (parent);
CREATE TABLE other_parent (x int);
CREATE TABLE other_child () INHERITS (other_parent);
ALTER TABLE other_parent ADD CONSTRAINT less CHECK (x < 9) NOT VALID;
CREATE TABLE grandchild () INHERITS (other_child);
CREATE TABLE new_child () INHERITS (other_parent);
