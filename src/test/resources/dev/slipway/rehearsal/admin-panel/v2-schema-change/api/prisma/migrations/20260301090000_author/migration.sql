-- Expands only: the release before goes on writing rows without it.
ALTER TABLE "notes" ADD COLUMN "author" TEXT NOT NULL DEFAULT 'unknown';
