CREATE TABLE "b.c" (
    a int NOT NULL, b int NOT NULL UNIQUE, c int CONSTRAINT "the.key" PRIMARY KEY
);
CREATE INDEX i ON "b.c" (a);
CREATE INDEX "of.b" ON "b.c" (b, a);
