CREATE UNLOGGED TABLE target (id int PRIMARY KEY, s serial);
CREATE UNLOGGED TABLE user_of_it (id int PRIMARY KEY, target int REFERENCES target, other int REFERENCES user_of_it);
CREATE UNLOGGED TABLE user_of_user (id int REFERENCES user_of_it);
CREATE UNLOGGED TABLE one (id int PRIMARY KEY, other int);
CREATE UNLOGGED TABLE other (id int PRIMARY KEY, one int REFERENCES one);
ALTER TABLE one ADD FOREIGN KEY (other) REFERENCES other;
CREATE UNLOGGED TABLE first (id int PRIMARY KEY, second int);
CREATE TABLE second (id int PRIMARY KEY, first int);
ALTER TABLE first ADD FOREIGN KEY (second) REFERENCES second;
