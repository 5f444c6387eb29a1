// The table of a made-up feature: notes that hang on a space.
import { sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const notes = sqliteTable('notes', {
  id: text('id').primaryKey(),
  space_id: text('space_id').notNull(),
  content: text('content').notNull(),
});

/** What a migration of it would say. */
export const createNotes = `CREATE TABLE notes (
  id TEXT PRIMARY KEY, space_id TEXT NOT NULL REFERENCES spaces (id), content TEXT NOT NULL
) STRICT, WITHOUT ROWID; CREATE INDEX notes_space ON notes (space_id)`;
