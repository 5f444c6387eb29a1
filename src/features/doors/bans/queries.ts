// SQL for bans: rows in, rows out.
import { and, eq, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../../db/open.ts';
import { users } from '../../../db/schema/people.ts';
import { bans } from '../../../db/schema/spaces.ts';
import type { Turn } from '../../../app.ts';
import { eventFrame } from '../../../events/event.ts';
import { epoch_ms } from '../../../lib/snowflake.ts';
import { messageCreated } from '../../talk/messages/events.ts';
import { endOfTime } from '../../talk/messages/hidden.ts';
import type { UserRow } from '../../people/users/queries.ts';

export type BanRow = typeof bans.$inferSelect;

/** A ban and the banned account. */
export interface FullBan {
  ban: BanRow;
  user: UserRow;
}

const onlyOf = (space_id: string, user_id: string) =>
  and(eq(bans.space_id, space_id), eq(bans.user_id, user_id));

export function findBan(db: Db, space_id: string, user_id: string): FullBan | undefined {
  return db.orm
    .select({ ban: bans, user: users })
    .from(bans)
    .innerJoin(users, eq(users.id, bans.user_id))
    .where(onlyOf(space_id, user_id))
    .get();
}

/** Bans of a space beyond `anchor`: older ones newest first, or newer ones oldest first. */
export function bansFrom(
  db: Db,
  space_id: string,
  direction: 'older' | 'newer',
  anchor: { created_at: number; user_id: string } | null,
  limit: number,
): FullBan[] {
  const key = sql`(${bans.created_at}, ${bans.user_id})`;
  const bound = anchor && sql`(${anchor.created_at}, ${anchor.user_id})`;
  const beyond = bound && (direction === 'older' ? sql`${key} < ${bound}` : sql`${key} > ${bound}`);
  const order = direction === 'older' ? sql`desc` : sql`asc`;
  return db.orm
    .select({ ban: bans, user: users })
    .from(bans)
    .innerJoin(users, eq(users.id, bans.user_id))
    .where(and(eq(bans.space_id, space_id), beyond ?? undefined))
    .orderBy(sql`${bans.created_at} ${order}`, sql`${bans.user_id} ${order}`)
    .limit(limit)
    .all();
}

/** Writes a ban, or the new reason and moderator into an existing one. */
export function putBan(tx: Tx, row: BanRow): void {
  const { reason, banned_by } = row;
  tx.orm
    .insert(bans)
    .values(row)
    .onConflictDoUpdate({
      target: [bans.space_id, bans.user_id],
      set: { reason, banned_by },
    })
    .run();
}

/** Deletes a ban and returns it; undefined if there was none. */
export function deleteBan(tx: Tx, space_id: string, user_id: string): BanRow | undefined {
  return tx.orm.delete(bans).where(onlyOf(space_id, user_id)).returning().get();
}

/** Deletes some bans of an account; returns the ids of their spaces. */
export function deleteSomeBans(tx: Tx, user_id: string, limit: number): string[] {
  return tx.sqlite
    .rows(
      { space_id: 'text' },
      `DELETE FROM bans WHERE (space_id, user_id) IN (
         SELECT space_id, user_id FROM bans WHERE user_id = ? LIMIT ?) RETURNING space_id`,
    )
    .all(user_id, limit)
    .map(({ space_id }) => space_id);
}

/** SQL for when a message was written, in Unix milliseconds. */
const written = `coalesce(sent_at, (n >> 22) + ${epoch_ms})`;

/** The newest message of a stretch of time; null if there is none. */
const newestOf = (which: string) => `SELECT id FROM shown_messages
  WHERE author_id = ?1 AND space_id = ?2 AND n > cast(?3 AS integer) AND n <= cast(?4 AS integer)
    AND ${which} ORDER BY n DESC LIMIT 1`;

const inRun = newestOf(`${written} < ?5`);
/** How the frame of a new message begins. */
const [beginning] = eventFrame(messageCreated.type, 0, '').split('"seq"');
/** SQL for the steady time of a message; null if the event log does not reach back to it. Short are new messages alone. */
const logged = `(SELECT e.at FROM events e WHERE e.subject = shown_messages.id
  AND (e.sent_bytes IS NOT NULL OR e.bytes LIKE '${beginning}%'))`;

/**
 * Times that ids do not tell, or that are still to come, are not believed: the event log knows. What
 * it does not know is older than the log; how much older, only a time that has passed can tell.
 */
const inEarlierRun = newestOf(`iif(sent_at IS NULL AND ${written} <= ?6, ${written} < ?5,
    coalesce(${logged} < ?7, (SELECT at FROM events WHERE seq = (SELECT min(seq) FROM events)) <= ?7
      OR ${written} > ?6 OR ${written} < ?5))`);

/** By the id alone, where no message has a time of its own: the index leads to it. */
const byId = newestOf(`n < ((?5 - ${epoch_ms}) << 22)`);

/** Messages whose time is not that of their id, anybody's. */
const isAnyDated = 'SELECT 1 FROM shown_messages WHERE sent_at IS NOT NULL LIMIT 1';
/** Messages of the account with ids of a time that is still to come. */
const isAnyAhead = `SELECT 1 FROM shown_messages
  WHERE author_id = ? AND space_id = ? AND n > ((? - ${epoch_ms}) << 22) LIMIT 1`;

/** The newest message of an account in a space that was written before some steady time. */
export function newestBefore(
  { tx, steady, app: { steps } }: Pick<Turn, 'tx' | 'steady' | 'app'>,
  space_id: string,
  author_id: string,
  then: number,
): string {
  const { after_id, last_id, ahead_ms, isEarlier } = steps.at(then);
  const shape = { id: 'text' } as const;
  const now_ms = Math.ceil(steady + ahead_ms);
  const isPlain =
    tx.sqlite.query(isAnyDated).get() === null &&
    (!isEarlier || tx.sqlite.query(isAnyAhead).get(author_id, space_id, now_ms) === null);
  if (isPlain) {
    const then_ms = Math.ceil(then + ahead_ms);
    const row = tx.sqlite
      .rows(shape, byId)
      .get(author_id, space_id, after_id, last_id ?? endOfTime, then_ms);
    return row?.id ?? after_id;
  }
  const statement = tx.sqlite.rows(shape, isEarlier ? inEarlierRun : inRun);
  const bounds = [author_id, space_id, after_id, last_id ?? endOfTime, then + ahead_ms] as const;
  const row = isEarlier
    ? statement.get(...bounds, steady + ahead_ms, then)
    : statement.get(...bounds);
  return row?.id ?? after_id;
}

/** The messages of an account in a space, from an id on. */
const fromId = 'm.author_id = ? AND m.space_id = ? AND m.n >= cast(? AS integer)';
const countAll = `SELECT count(*) AS count FROM shown_messages m WHERE ${fromId}`;
/** Reads the row of each message: for a time in which messages of deleted channels may wait to be cleared. */
const countInChannels = `SELECT count(*) AS count FROM shown_messages m
  JOIN live_channels c ON c.id = m.channel_id WHERE ${fromId}`;

/** Counts an account's messages in the channels of a space, from an id on. */
export function countMessages(
  db: Db,
  space_id: string,
  author_id: string,
  from_id: string,
): number {
  const isClearing = db.sqlite.query('SELECT 1 FROM clearings WHERE id > 0 LIMIT 1').get();
  const row = db.sqlite
    .rows({ count: 'number' }, isClearing === null ? countAll : countInChannels)
    .get(author_id, space_id, from_id);
  return row?.count ?? 0;
}
