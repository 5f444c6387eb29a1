// SQL for pinned messages: rows in, rows out.
import { and, eq, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../../db/open.ts';
import { shown_messages } from '../../../db/views.ts';
import { number, updateMessage } from '../messages/queries.ts';

/** Ids of a channel's pinned messages after the given one, the latest pin first. */
export function pinnedIds(
  db: Db,
  channel_id: string,
  after: { id: string; pinned_at: number } | null,
  limit: number,
): string[] {
  const rows = db.orm
    .select({ id: shown_messages.id })
    .from(shown_messages)
    .where(
      and(
        eq(shown_messages.channel_id, channel_id),
        sql`pinned_at is not null`,
        after === null
          ? undefined
          : sql`(pinned_at, n) < (${after.pinned_at}, ${number(after.id)})`,
      ),
    )
    .orderBy(sql`pinned_at desc`, sql`n desc`)
    .limit(limit)
    .all();
  return rows.map(({ id }) => id);
}

/** How many messages of a channel are pinned, and when the newest was; null if none are. */
export function pinsOf(db: Db, channel_id: string): { count: number; last_pin_at: number | null } {
  const row = db.orm
    .select({ count: sql<number>`count(*)`, last_pin_at: sql<number | null>`max(pinned_at)` })
    .from(shown_messages)
    .where(and(eq(shown_messages.channel_id, channel_id), sql`pinned_at is not null`))
    .get();
  return row ?? { count: 0, last_pin_at: null };
}

/** Sets the time of a message's pin; null removes the pin. */
export function setPin(tx: Tx, id: string, pinned_at: number | null): void {
  updateMessage(tx, id, { pinned_at });
}
