CREATE TABLE "b.c" (a int NOT NULL, b int NOT NULL, c int NOT NULL);
CREATE INDEX "of.b" ON "b.c" (b);
