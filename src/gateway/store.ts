// The durable record of each session: written at IDENTIFY, at the drop, and removed at the end.
import { and, eq, isNull, sql } from 'drizzle-orm';
import { prepared, type Db, type Tx } from '../db/open.ts';
import { gateway_sessions } from '../db/schema.ts';

export type SessionRow = typeof gateway_sessions.$inferSelect;

const insert = prepared((orm) =>
  orm
    .insert(gateway_sessions)
    .values({
      id: sql.placeholder('id'),
      user_id: sql.placeholder('user_id'),
      token_hash: sql.placeholder('token_hash'),
      intents: sql.placeholder('intents'),
      os: sql.placeholder('os'),
      status: sql.placeholder('status'),
      activities: sql.placeholder('activities'),
      moved_seq: sql.placeholder('moved_seq'),
      created_at: sql.placeholder('created_at'),
    })
    .prepare(),
);
const byId = prepared((orm) =>
  orm
    .select()
    .from(gateway_sessions)
    .where(eq(gateway_sessions.id, sql.placeholder('id')))
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
const byToken = prepared((orm) =>
  orm
    .select({ id: gateway_sessions.id, user_id: gateway_sessions.user_id })
    .from(gateway_sessions)
    .where(eq(gateway_sessions.token_hash, sql.placeholder('hash')))
    .prepare(),
);
const remove = prepared((orm) =>
  orm
    .delete(gateway_sessions)
    .where(eq(gateway_sessions.id, sql.placeholder('id')))
    .prepare(),
);

export function insertSession(tx: Tx, row: Omit<SessionRow, 'dropped_at'>): void {
  insert(tx).run(row);
}

export function sessionRow(db: Db, id: string): SessionRow | undefined {
  return byId(db).get({ id });
}

/** Sessions of an account: dropped ones first, the longest dropped before all. */
export function sessionsOfUser(db: Db, user_id: string) {
  return ofUser(db).all({ user_id });
}

export function sessionsOfToken(db: Db, hash: string) {
  return byToken(db).all({ hash });
}

export function deleteSession(tx: Tx, id: string): void {
  remove(tx).run({ id });
}

/** The session lives on without a socket. */
export function markDropped(tx: Tx, id: string, now: number): void {
  tx.orm.update(gateway_sessions).set({ dropped_at: now }).where(eq(gateway_sessions.id, id)).run();
}

/** The session has a socket again, perhaps under another token of the same account. */
export function markLive(tx: Tx, id: string, token_hash: string): void {
  tx.orm
    .update(gateway_sessions)
    .set({ dropped_at: null, token_hash })
    .where(eq(gateway_sessions.id, id))
    .run();
}

/** The status and activities that a session shows, for the time after a restart. */
export function rememberPresence(
  tx: Tx,
  id: string,
  presence: { status: string; activities: unknown[] },
): void {
  tx.orm.update(gateway_sessions).set(presence).where(eq(gateway_sessions.id, id)).run();
}

/** After a start every session counts as dropped at that moment. */
export function dropAll(tx: Tx, now: number): void {
  tx.orm
    .update(gateway_sessions)
    .set({ dropped_at: now })
    .where(isNull(gateway_sessions.dropped_at))
    .run();
}

/** Sessions that were dropped before that time, at most `limit`. */
export function expiredSessions(db: Db, before_ms: number, limit: number) {
  return db.orm
    .select({ id: gateway_sessions.id, user_id: gateway_sessions.user_id })
    .from(gateway_sessions)
    .where(sql`${gateway_sessions.dropped_at} < ${before_ms}`)
    .limit(limit)
    .all();
}

/** Every session there is; for the start. */
export function allSessions(db: Db): SessionRow[] {
  return db.orm.select().from(gateway_sessions).all();
}

/** Writes down that what these sessions may hear changed with the number `seq`. */
export function markMoved(tx: Tx, session_ids: readonly string[], seq: number): void {
  tx.sqlite
    .query(
      'UPDATE gateway_sessions SET moved_seq = ?1 WHERE id IN (SELECT value FROM json_each(?2))',
    )
    .run(seq, JSON.stringify(session_ids));
}

/** Dropped sessions of a user; the ids. */
export function parkedOfUser(db: Db, user_id: string): string[] {
  return db.orm
    .select({ id: gateway_sessions.id })
    .from(gateway_sessions)
    .where(and(eq(gateway_sessions.user_id, user_id), sql`dropped_at is not null`))
    .all()
    .map(({ id }) => id);
}

/** Dropped sessions of everyone in a space; the ids. */
export function parkedInSpace(db: Db, space_id: string): string[] {
  return db.sqlite
    .query<{ id: string }, [string]>(
      `SELECT g.id FROM gateway_sessions g JOIN members m ON m.user_id = g.user_id
        WHERE m.space_id = ? AND g.dropped_at IS NOT NULL`,
    )
    .all(space_id)
    .map(({ id }) => id);
}
