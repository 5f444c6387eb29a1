// SQL that writes overwrites of channels.
import { and, eq } from 'drizzle-orm';
import type { Db, Tx } from '../../../db/open.ts';
import { overwrites } from '../../../db/schema/spaces.ts';
import type { OverwriteRow } from './queries.ts';

export function putOverwrite(tx: Tx, row: OverwriteRow): void {
  const { type, allow, deny } = row;
  tx.orm
    .insert(overwrites)
    .values(row)
    .onConflictDoUpdate({
      target: [overwrites.channel_id, overwrites.id],
      set: { type, allow, deny },
    })
    .run();
}

/** Writes overwrites of a channel in one statement, however many there are. */
export function putOverwrites(
  tx: Tx,
  channel_id: string,
  rows: readonly Omit<OverwriteRow, 'channel_id'>[],
): void {
  if (rows.length === 0) return;
  tx.sqlite
    .query(
      `INSERT INTO overwrites (channel_id, id, type, allow, deny)
       SELECT ?1, value ->> 'id', value ->> 'type', value -> 'allow', value -> 'deny'
         FROM json_each(?2) WHERE true
       ON CONFLICT (channel_id, id) DO UPDATE
          SET type = excluded.type, allow = excluded.allow, deny = excluded.deny`,
    )
    .run(channel_id, JSON.stringify(rows));
}

/** Removes overwrites of a channel. */
export function removeTheseOverwrites(tx: Tx, channel_id: string, ids: readonly string[]): void {
  if (ids.length === 0) return;
  tx.sqlite
    .query('DELETE FROM overwrites WHERE channel_id = ? AND id IN (SELECT value FROM json_each(?))')
    .run(channel_id, JSON.stringify(ids));
}

/** Removes an overwrite; false if there was none. */
export function removeOverwrite(tx: Tx, channel_id: string, id: string): boolean {
  const gone = tx.orm
    .delete(overwrites)
    .where(and(eq(overwrites.channel_id, channel_id), eq(overwrites.id, id)))
    .returning({ id: overwrites.id })
    .all();
  return gone.length > 0;
}

/** Removes every overwrite of a role or member in a space; returns the ids of the channels. */
export function removeOverwrites(tx: Tx, space_id: string, id: string): string[] {
  return tx.sqlite
    .rows(
      { channel_id: 'text' },
      `DELETE FROM overwrites WHERE id = ?
          AND channel_id IN (SELECT id FROM live_channels WHERE space_id = ?) RETURNING channel_id`,
    )
    .all(id, space_id)
    .map(({ channel_id }) => channel_id);
}

/** Some of the spaces that have overwrites of this role or account. */
export function spacesWithOverwrites(db: Db, id: string, limit: number): string[] {
  return db.sqlite
    .rows(
      { space_id: 'text' },
      `SELECT DISTINCT c.space_id AS space_id
         FROM overwrites o CROSS JOIN live_channels c ON c.id = o.channel_id
        WHERE o.id = ? AND c.space_id IS NOT NULL LIMIT ?`,
    )
    .all(id, limit)
    .map(({ space_id }) => space_id);
}

/**
 * Reduces a member's overwrites in a space to what they deny, and removes those that deny nothing;
 * returns the ids of the channels. What one overwrite both allows and denies is allowed.
 */
export function denyOnly(tx: Tx, space_id: string, user_id: string): string[] {
  const own = tx.sqlite
    .rows(
      { channel_id: 'text', allow: 'text', deny: 'text' },
      `SELECT channel_id, allow, deny FROM overwrites WHERE id = ? AND type = 'member'
          AND channel_id IN (SELECT id FROM live_channels WHERE space_id = ?)`,
    )
    .all(user_id, space_id)
    .map(({ channel_id, ...row }) => ({
      channel_id,
      allow: names(row.allow),
      deny: names(row.deny),
    }))
    .filter(({ allow, deny }) => allow.length > 0 || deny.length === 0)
    .map(({ channel_id, allow, deny }) => ({
      channel_id,
      deny: deny.filter((name) => !allow.includes(name)),
    }));
  const json = JSON.stringify(own);
  tx.sqlite
    .query(
      `UPDATE overwrites SET allow = '[]', deny = kept.deny
         FROM (SELECT value ->> 'channel_id' AS channel_id, value -> 'deny' AS deny
                 FROM json_each(?2)) AS kept
        WHERE overwrites.channel_id = kept.channel_id AND overwrites.id = ?1`,
    )
    .run(user_id, json);
  tx.sqlite
    .query(
      `DELETE FROM overwrites WHERE id = ?1 AND deny = '[]'
          AND channel_id IN (SELECT value ->> 'channel_id' FROM json_each(?2))`,
    )
    .run(user_id, json);
  return own.map(({ channel_id }) => channel_id);
}

const names = (json: string): string[] => JSON.parse(json);
