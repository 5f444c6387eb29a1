// Turns rows of the log of admins into their wire shape.
import { time } from '../../shapes.ts';
import type { EntryRow } from './queries.ts';
import type { AdminEntry, AdminTarget } from './schema.ts';

/** Returns the entry without its null fields, as entries of the audit log of a space. */
export function entryView(row: EntryRow): AdminEntry {
  const { id, user_id, action_type, target_id, reason, changes, made_at } = row;
  return {
    id,
    ...(user_id === null ? {} : { user_id }),
    action_type,
    ...(row.target_type === null ? {} : { target_type: row.target_type as AdminTarget }),
    ...(target_id === null ? {} : { target_id }),
    ...(reason === null ? {} : { reason }),
    ...(changes === null ? {} : { changes }),
    created_at: time(made_at),
  };
}
