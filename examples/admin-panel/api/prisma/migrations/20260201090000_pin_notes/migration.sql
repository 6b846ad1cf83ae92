-- Expands only: a release that doesn't know the column goes on writing rows.
ALTER TABLE "notes" ADD COLUMN "pinned" BOOLEAN NOT NULL DEFAULT false;
