// The table in which the database says which one it is.
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** One row. Copies of the database say the same, so it tells databases apart, not copies. */
export const this_database = sqliteTable('this_database', {
  id: integer('id').primaryKey(),
  /** 32 hex digits, made at random; the folder of uploaded files names the same. */
  uuid: text('uuid').notNull(),
  /** How many checkpoints were begun; a note beside the file says the same. */
  checkpoints: integer('checkpoints').notNull().default(0),
});
