// SQL of session records: written at IDENTIFY, changed at drop and RESUME, removed at the end.
import { and, eq, getTableColumns, isNull, ne, sql } from 'drizzle-orm';
import type { SQLiteUpdateSetSource } from 'drizzle-orm/sqlite-core';
import { placeholders } from '../db/derived.ts';
import { prepared, rowBy, type Db, type Tx } from '../db/open.ts';
import { gateway_sessions } from '../db/schema/log.ts';

export type SessionRow = typeof gateway_sessions.$inferSelect;

const insert = prepared((orm) =>
  orm
    .insert(gateway_sessions)
    .values(placeholders(getTableColumns(gateway_sessions)))
    .prepare(),
);
const ofUser = prepared((orm) =>
  orm
    .select({ id: gateway_sessions.id, dropped_at: gateway_sessions.dropped_at })
    .from(gateway_sessions)
    .where(eq(gateway_sessions.user_id, sql.placeholder('user_id')))
    .orderBy(sql`dropped_at is null`, gateway_sessions.dropped_at, gateway_sessions.created_at)
    .prepare(),
);
const held = prepared((orm) =>
  orm
    .select({ id: gateway_sessions.id })
    .from(gateway_sessions)
    .where(
      and(
        eq(gateway_sessions.user_id, sql.placeholder('user_id')),
        eq(gateway_sessions.held, true),
        ne(gateway_sessions.id, sql.placeholder('except_id')),
      ),
    )
    .limit(1)
    .prepare(),
);
const remove = prepared((orm) =>
  orm
    .delete(gateway_sessions)
    .where(eq(gateway_sessions.id, sql.placeholder('id')))
    .prepare(),
);

/** Prepares an update of these columns of one session. */
const setting = (change: SQLiteUpdateSetSource<typeof gateway_sessions>) =>
  prepared((orm) =>
    orm
      .update(gateway_sessions)
      .set(change)
      .where(eq(gateway_sessions.id, sql.placeholder('id')))
      .prepare(),
  );
const dropped_at = sql`${sql.placeholder('now')}`;
const drop = setting({ dropped_at });
const live = setting({ dropped_at: null, held: true });
const rebind = setting({ dropped_at, token_hash: sql`${sql.placeholder('token_hash')}` });
const release = setting({ held: false });
const owe = setting({ owed: true });

export function insertSession(tx: Tx, row: SessionRow): void {
  insert(tx).run(row);
}

export const sessionRow = rowBy(gateway_sessions, gateway_sessions.id);

/** Returns an account's sessions: dropped ones first, then live ones, each from the oldest on. */
export function sessionsOfUser(db: Db, user_id: string) {
  return ofUser(db).all({ user_id });
}

export function deleteSession(tx: Tx, id: string): void {
  remove(tx).run({ id });
}

/** Marks a session that lost its socket. */
export function markDropped(tx: Tx, id: string, now: number): void {
  drop(tx).run({ id, now });
}

/** Marks a session that has a socket again. */
export function markLive(tx: Tx, id: string): void {
  live(tx).run({ id });
}

/** Binds a session to the token that resumes it, perhaps another token of the same account. */
export function rebindSession(tx: Tx, id: string, token_hash: string, now: number): void {
  rebind(tx).run({ id, now, token_hash });
}

/** Marks a session without a hold, so that a restart does not hold it again. */
export function markReleased(tx: Tx, id: string): void {
  release(tx).run({ id });
}

/** Stores the presence of a session, for the time after a restart. */
export function rememberPresence(
  tx: Tx,
  id: string,
  presence: Pick<SessionRow, 'status' | 'activities' | 'chosen_at'>,
): void {
  tx.orm.update(gateway_sessions).set(presence).where(eq(gateway_sessions.id, id)).run();
}

/** Marks every live session as dropped now; called at start. */
export function dropAll(tx: Tx, now: number): void {
  tx.orm
    .update(gateway_sessions)
    .set({ dropped_at: now })
    .where(isNull(gateway_sessions.dropped_at))
    .run();
}

/** Returns sessions that were dropped before a time, at most `limit`. */
export function expiredSessions(db: Db, before_ms: number, limit: number) {
  return db.orm
    .select({ id: gateway_sessions.id, user_id: gateway_sessions.user_id })
    .from(gateway_sessions)
    .where(sql`${gateway_sessions.dropped_at} < ${before_ms}`)
    .limit(limit)
    .all();
}

/** Returns the sessions whose presence and voice are held; called at start. */
export function heldSessions(db: Db): SessionRow[] {
  return db.orm.select().from(gateway_sessions).where(eq(gateway_sessions.held, true)).all();
}

/**
 * Tells whether the account has a session with a socket, or one that dropped a moment ago, other
 * than `except_id`.
 */
export function hasSession(db: Db, user_id: string, except_id = ''): boolean {
  return held(db).get({ user_id, except_id }) !== undefined;
}

/** A change of what a session hears: its seq, and whether frames are owed because of it. */
export interface Moved {
  seq: number;
  owed: boolean;
}

/** Stores, for each session id, the last change of what it hears. */
export function markMoved(tx: Tx, moved: ReadonlyMap<string, Moved>): void {
  const rows = Array.from(moved, ([id, { seq, owed }]) => [id, seq, Number(owed)]);
  tx.sqlite
    .query(
      `UPDATE gateway_sessions SET moved_seq = moved.seq, owed = max(gateway_sessions.owed, moved.owed)
         FROM (SELECT value ->> 0 AS id, value ->> 1 AS seq, value ->> 2 AS owed
                 FROM json_each(?)) AS moved
        WHERE gateway_sessions.id = moved.id`,
    )
    .run(JSON.stringify(rows));
}

/** Notes that frames are owed to a session that is just being made. */
export function markOwed(tx: Tx, id: string): void {
  owe(tx).run({ id });
}

/** Notes that nothing is owed to these sessions; RESUME has to name `seq` or a higher number. */
export function markSettled(tx: Tx, ids: readonly string[], seq: number): void {
  if (ids.length === 0) return;
  tx.sqlite
    .query(
      `UPDATE gateway_sessions SET owed = 0, moved_seq = max(moved_seq, ?)
        WHERE id IN (SELECT value FROM json_each(?))`,
    )
    .run(seq, JSON.stringify(ids));
}

/** Returns the ids of an account's dropped sessions. */
export function parkedOfUser(db: Db, user_id: string): string[] {
  return ofUser(db)
    .all({ user_id })
    .flatMap(({ id, dropped_at }) => (dropped_at === null ? [] : [id]));
}

/** Returns the ids of the dropped sessions of all members of a space. */
export function parkedInSpace(db: Db, space_id: string): string[] {
  return db.sqlite
    .rows(
      { id: 'text' },
      `SELECT g.id FROM gateway_sessions g JOIN members m ON m.user_id = g.user_id
        WHERE m.space_id = ? AND g.dropped_at IS NOT NULL`,
    )
    .all(space_id)
    .map(({ id }) => id);
}
