// The table of a made-up feature: notes that hang on a space.
import { sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const notes = sqliteTable('notes', {
  id: text('id').primaryKey(),
  space_id: text('space_id').notNull(),
  author_id: text('author_id').notNull(),
  content: text('content').notNull(),
});

/** What a migration of it would say. Notes refer to members, so that they have to go before them. */
export const createNotes = `CREATE TABLE notes (
  id TEXT PRIMARY KEY, space_id TEXT NOT NULL, author_id TEXT NOT NULL, content TEXT NOT NULL,
  FOREIGN KEY (space_id, author_id) REFERENCES members (space_id, user_id)
) STRICT, WITHOUT ROWID; CREATE INDEX notes_space ON notes (space_id, author_id)`;
