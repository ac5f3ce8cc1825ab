INSERT INTO "App Data"."User" VALUES (1, 'a', 'b');
