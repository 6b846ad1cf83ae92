CREATE TABLE people (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
  avatar_key text,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Who wants it; nobody in particular where it is empty.
ALTER TABLE items ADD COLUMN person_id bigint REFERENCES people (id) ON DELETE SET NULL;
CREATE INDEX items_person_id ON items (person_id);
