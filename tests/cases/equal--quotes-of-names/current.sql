CREATE TABLE "t" ("a" TEXT, [b] INTEGER, `c` INTEGER, CHECK ("a" <> '' AND [b] > 0), UNIQUE ("a", `c`));
CREATE INDEX "idx_t" ON "t" ("a", [b]) WHERE "b" > `c`;
CREATE VIEW "v" AS SELECT "a" FROM "t";
CREATE TRIGGER [r] AFTER INSERT ON [t] BEGIN UPDATE [t] SET [b] = 1; END;
