// SQL of muted channels: rows in, rows out.
import type { Db, Tx } from '../../../db/open.ts';
import type { RowOf } from '../../../db/planned.ts';

const mute = { channel_id: 'text', created_at: 'number' } as const;
export type MuteRow = RowOf<typeof mute>;

/** Returns what an account has muted, oldest first, without conversations that it has left. */
export function mutesOf(db: Db, user_id: string): (MuteRow & { space_id: string | null })[] {
  return db.sqlite
    .rows(
      { ...mute, space_id: 'text?' },
      `SELECT cm.channel_id, cm.created_at, c.space_id FROM channel_mutes cm
         CROSS JOIN live_channels c ON c.id = cm.channel_id
        WHERE cm.user_id = ?1 AND (c.space_id IS NOT NULL OR EXISTS (
          SELECT 1 FROM conversation_people p
           WHERE p.channel_id = c.id AND p.user_id = ?1 AND p.left_at IS NULL))
        ORDER BY cm.created_at, cm.channel_id`,
    )
    .all(user_id);
}

export function findMute(db: Db, user_id: string, channel_id: string): MuteRow | null {
  return db.sqlite
    .rows(
      mute,
      'SELECT channel_id, created_at FROM channel_mutes WHERE user_id = ? AND channel_id = ?',
    )
    .get(user_id, channel_id);
}

/** How many channels an account has muted, those that it does not see included. */
export function countMutes(db: Db, user_id: string): number {
  const row = db.sqlite
    .rows({ count: 'number' }, 'SELECT count(*) AS count FROM channel_mutes WHERE user_id = ?')
    .get(user_id);
  return row?.count ?? 0;
}

export function insertMute(tx: Tx, user_id: string, { channel_id, created_at }: MuteRow): void {
  tx.sqlite
    .query('INSERT INTO channel_mutes (user_id, channel_id, created_at) VALUES (?, ?, ?)')
    .run(user_id, channel_id, created_at);
}

/** Returns those of the channels that an account has muted by themselves. */
export function mutedOf(db: Db, user_id: string, ids: readonly string[]): Set<string> {
  const rows = db.sqlite
    .rows(
      { channel_id: 'text' },
      `SELECT channel_id FROM channel_mutes
        WHERE user_id = ? AND channel_id IN (SELECT value FROM json_each(?))`,
    )
    .all(user_id, JSON.stringify(ids));
  return new Set(rows.map(({ channel_id }) => channel_id));
}

/** Tells whether anybody has muted one of the channels. */
export function isAnyMuted(db: Db, ids: readonly string[]): boolean {
  const found = db.sqlite
    .rows(
      { channel_id: 'text' },
      `SELECT channel_id FROM channel_mutes
        WHERE channel_id IN (SELECT value FROM json_each(?)) LIMIT 1`,
    )
    .get(JSON.stringify(ids));
  return found !== null;
}

/** Removes a mute; returns false if there was none. */
export function deleteMute(tx: Tx, user_id: string, channel_id: string): boolean {
  const { changes } = tx.sqlite
    .query('DELETE FROM channel_mutes WHERE user_id = ? AND channel_id = ?')
    .run(user_id, channel_id);
  return changes > 0;
}

/** Removes what an account has muted in a space. */
export function deleteMutesIn(tx: Tx, user_id: string, space_id: string): void {
  tx.sqlite
    .query(
      `DELETE FROM channel_mutes WHERE user_id = ?
          AND channel_id IN (SELECT id FROM live_channels WHERE space_id = ?)`,
    )
    .run(user_id, space_id);
}

/** Returns who has muted one of two channels, but not both; so many at most. */
export function mutersOfOne(
  db: Db,
  one_id: string | null,
  other_id: string | null,
  max: number,
): string[] {
  return db.sqlite
    .rows(
      { user_id: 'text' },
      `SELECT user_id FROM channel_mutes WHERE channel_id IN (?, ?)
        GROUP BY user_id HAVING count(*) = 1 LIMIT ?`,
    )
    .all(one_id, other_id, max)
    .map(({ user_id }) => user_id);
}
