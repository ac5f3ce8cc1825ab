CREATE TABLE parent (x int, CONSTRAINT more CHECK (x > 1));
CREATE TABLE child () INHERITS (parent);
CREATE TABLE other_parent (x int);
CREATE TABLE other_child () INHERITS (other_parent);
CREATE TABLE grandchild () INHERITS (other_child);
