CREATE TABLE "my ""t""" ("an a" TEXT);
CREATE INDEX "on a.b" ON "my ""t""" ("an a" DESC);
