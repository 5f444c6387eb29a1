// SQL of channels, overwrites and visibility classes.
import { and, eq, inArray, sql } from 'drizzle-orm';
import { classSignature } from '../../../access/evaluate.ts';
import { prepared, rowBy, type Db, type Tx } from '../../../db/open.ts';
import { settingEach } from '../../../db/set-each.ts';
import type { RowOf } from '../../../db/planned.ts';
import { channels, overwrites, visibility_classes } from '../../../db/schema/spaces.ts';
import { live_channels } from '../../../db/views.ts';
import { clearLater } from '../../base/clearing/rows.ts';

export type ChannelRow = typeof live_channels.$inferSelect;
export type NewChannelRow = typeof channels.$inferInsert;
export type OverwriteRow = typeof overwrites.$inferSelect;

const ofSpace = prepared((orm) =>
  orm
    .select()
    .from(live_channels)
    .where(eq(live_channels.space_id, sql.placeholder('space_id')))
    .orderBy(live_channels.position, live_channels.id)
    .prepare(),
);
const overwritesOfChannel = prepared((orm) =>
  orm
    .select()
    .from(overwrites)
    .where(eq(overwrites.channel_id, sql.placeholder('channel_id')))
    .orderBy(overwrites.id)
    .prepare(),
);
const overwritesOfSpace = prepared((orm) =>
  orm
    .select({ overwrite: overwrites })
    .from(overwrites)
    .innerJoin(live_channels, eq(live_channels.id, overwrites.channel_id))
    .where(eq(live_channels.space_id, sql.placeholder('space_id')))
    .orderBy(overwrites.id)
    .prepare(),
);
export const findChannel = rowBy(live_channels, live_channels.id);

/** Returns the channels of the ids (at most 1,000), in no order; unknown ones are left out. */
export function findChannels(db: Db, ids: readonly string[]): ChannelRow[] {
  return db.orm
    .select()
    .from(live_channels)
    .where(inArray(live_channels.id, [...ids]))
    .all();
}

/** Returns the channels of a space by position. */
export function channelsOf(db: Db, space_id: string): ChannelRow[] {
  return ofSpace(db).all({ space_id });
}

export function overwritesOf(db: Db, channel_id: string): OverwriteRow[] {
  return overwritesOfChannel(db).all({ channel_id });
}

/** Returns all overwrites of a space, by channel id. */
export function overwritesIn(db: Db, space_id: string): Map<string, OverwriteRow[]> {
  const rows = overwritesOfSpace(db).all({ space_id });
  return Map.groupBy(
    rows.map(({ overwrite }) => overwrite),
    ({ channel_id }) => channel_id,
  );
}

export function insertChannel(tx: Tx, row: NewChannelRow): void {
  tx.orm.insert(channels).values(row).run();
}

export function updateChannel(tx: Tx, id: string, change: Partial<NewChannelRow>): void {
  if (Object.keys(change).length === 0) return;
  tx.orm.update(channels).set(change).where(eq(channels.id, id)).run();
}

/** Sets the positions of channels. */
export function placeChannels(tx: Tx, places: readonly { id: string; position: number }[]): void {
  const rows = places.map(({ id, position }) => ({ id, value: position }));
  tx.sqlite.query(settingEach(channels.position)).run(JSON.stringify(rows));
}

/** Sets the visibility classes of channels. */
export function placeInClasses(tx: Tx, places: readonly { id: string; class_id: number }[]): void {
  const rows = places.map(({ id, class_id }) => ({ id, value: class_id }));
  tx.sqlite.query(settingEach(channels.class_id)).run(JSON.stringify(rows));
}

/** Takes all channels out of a category of the space; returns their classes by channel id. */
export function emptyCategory(tx: Tx, space_id: string, category_id: string): Map<string, number> {
  const rows = tx.sqlite
    .rows(
      { id: 'text', class_id: 'number' },
      `UPDATE channels SET parent_id = NULL
        WHERE space_id = ? AND deleted_at IS NULL AND parent_id = ? RETURNING id, class_id`,
    )
    .all(space_id, category_id);
  return new Map(rows.map(({ id, class_id }) => [id, class_id]));
}

/** Stores the id of the newest message in the channel's main feed; null if there is none. */
export function setLastMessage(tx: Tx, channel_id: string, last_message_id: string | null): void {
  tx.sqlite
    .query('UPDATE channels SET last_message_id = ? WHERE id = ?')
    .run(last_message_id, channel_id);
}

/** Returns the stored id of the channel's newest message; null if there is none. */
export function lastMessage(db: Db, channel_id: string): string | null {
  const row = db.sqlite
    .rows({ last_message_id: 'text?' }, 'SELECT last_message_id FROM live_channels WHERE id = ?')
    .get(channel_id);
  return row?.last_message_id ?? null;
}

/** Returns the ids of the newest messages in a space, by channel id; channels without one are left out. */
export function lastMessages(db: Db, space_id: string): Map<string, string> {
  const rows = db.sqlite
    .rows(
      { id: 'text', last_message_id: 'text' },
      `SELECT id, last_message_id FROM live_channels
        WHERE space_id = ? AND last_message_id IS NOT NULL`,
    )
    .all(space_id);
  return new Map(rows.map(({ id, last_message_id }) => [id, last_message_id]));
}

/** Hides the channel, queues its rows for clearing, and empties its own row but for its class. */
export function hideChannel(tx: Tx, id: string, now: number): void {
  tx.orm
    .update(channels)
    .set({ deleted_at: now, name: '', topic: null, parent_id: null, last_message_id: null })
    .where(eq(channels.id, id))
    .run();
  tx.orm.delete(overwrites).where(eq(overwrites.channel_id, id)).run();
  clearLater(tx, 'channel', id);
}

/** Returns ids of some channels of a deleted space, earlier deleted ones included. */
export function someChannels(tx: Tx, space_id: string, limit: number): string[] {
  return tx.orm
    .select({ id: channels.id })
    .from(channels)
    .where(eq(channels.space_id, space_id))
    .limit(limit)
    .all()
    .map(({ id }) => id);
}

export function deleteChannelRow(tx: Tx, id: string): void {
  tx.orm.delete(channels).where(eq(channels.id, id)).run();
}

/** Removes the rows of deleted channels without messages that no audit log entry names. */
export function forgetChannels(tx: Tx, ids: readonly (string | null)[]): void {
  tx.sqlite
    .query(
      `DELETE FROM channels WHERE id IN (SELECT value FROM json_each(?)) AND deleted_at IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM audit_entries e WHERE e.channel_id = channels.id)
          AND NOT EXISTS (SELECT 1 FROM shown_messages m
                           WHERE m.channel_id = channels.id AND m.thread_id IS NULL)
          AND NOT EXISTS (SELECT 1 FROM shown_messages m
                           WHERE m.channel_id = channels.id AND m.thread_id IS NOT NULL)`,
    )
    .run(JSON.stringify([...new Set(ids)]));
}

const classUse = {
  id: 'number',
  space_id: 'text',
  retired: 'number',
  /** 1 if a live channel has the class, or the event log names it. */
  heard: 'number',
  /** 1 if any channel has the class, deleted ones included. */
  kept: 'number',
} as const;

/** Returns visibility classes with ids above `after`, by id, and what still uses them. */
export function classesInUse(db: Db, after: number, limit: number): RowOf<typeof classUse>[] {
  return db.sqlite
    .rows(
      classUse,
      `SELECT c.id, c.space_id, c.retired,
              EXISTS (SELECT 1 FROM live_channels WHERE class_id = c.id)
           OR EXISTS (SELECT 1 FROM event_scopes WHERE scope = 'c:' || c.id)
           OR EXISTS (SELECT 1 FROM event_scopes
                       WHERE scope > 'v:' || c.id || ':' AND scope < 'v:' || c.id || ';')
           OR EXISTS (SELECT 1 FROM event_gaps WHERE scope = 'c:' || c.id)
           OR EXISTS (SELECT 1 FROM event_gaps
                       WHERE scope > 'v:' || c.id || ':' AND scope < 'v:' || c.id || ';') AS heard,
              EXISTS (SELECT 1 FROM kept_channels WHERE class_id = c.id) AS kept
         FROM visibility_classes c WHERE c.id > ? ORDER BY c.id LIMIT ?`,
    )
    .all(after, limit);
}

/** Sets whether a class is retired: nobody hears it then, but it still decides about kept rows. */
export function setRetired(tx: Tx, id: number, retired: boolean): void {
  tx.orm.update(visibility_classes).set({ retired }).where(eq(visibility_classes.id, id)).run();
}

export function deleteClass(tx: Tx, id: number): void {
  tx.orm.delete(visibility_classes).where(eq(visibility_classes.id, id)).run();
}

/** Returns the id of the visibility class of these overwrites; makes the class if there is none. */
export function classFor(
  tx: Tx,
  space_id: string,
  rules: readonly OverwriteRow[],
  allow_anonymous_read: boolean,
): number {
  const signature = classSignature(rules, allow_anonymous_read);
  const known = tx.orm
    .select({ id: visibility_classes.id, retired: visibility_classes.retired })
    .from(visibility_classes)
    .where(
      and(
        eq(visibility_classes.space_id, space_id),
        inArray(visibility_classes.retired, [false, true]),
        eq(visibility_classes.signature, signature),
      ),
    )
    .get();
  if (known?.retired) setRetired(tx, known.id, false);
  if (known !== undefined) return known.id;
  return tx.orm
    .insert(visibility_classes)
    .values({ space_id, signature })
    .returning({ id: visibility_classes.id })
    .get().id;
}
