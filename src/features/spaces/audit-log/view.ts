// Turns rows of the audit log into their wire shape.
import { time } from '../../shapes.ts';
import { madeAt, type EntryRow } from './queries.ts';
import type { AuditEntry, TargetType } from './schema.ts';

/** Returns the entry without its null fields: clients take no null for a text. */
export function entryView(row: EntryRow): AuditEntry {
  const { id, space_id, user_id, target_id, reason, changes } = row;
  return {
    id,
    space_id,
    user_id,
    action_type: row.action_type,
    ...(row.target_type === null ? {} : { target_type: row.target_type as TargetType }),
    ...(target_id === null ? {} : { target_id }),
    ...(reason === null ? {} : { reason }),
    ...(changes === null ? {} : { changes }),
    created_at: time(madeAt(row)),
  };
}
