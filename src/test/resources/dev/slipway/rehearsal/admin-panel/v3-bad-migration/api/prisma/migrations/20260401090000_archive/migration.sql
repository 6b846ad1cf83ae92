-- Its first statement works and its second doesn't: neither may stay.
ALTER TABLE "notes" ADD COLUMN "archived" BOOLEAN NOT NULL DEFAULT false;
UPDATE "notes" SET "archived" = "closed";
