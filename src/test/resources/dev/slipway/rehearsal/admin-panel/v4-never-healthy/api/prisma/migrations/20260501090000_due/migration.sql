-- Expands only: what serves goes on without it, since nothing takes it back.
ALTER TABLE "notes" ADD COLUMN "due" DATE;
