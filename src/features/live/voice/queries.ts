// SQL for voice states: rows in, rows out.
import { and, asc, eq, sql } from 'drizzle-orm';
import { isStopped } from '../../../access/tokens.ts';
import { prepared, rowBy, type Db, type Tx } from '../../../db/open.ts';
import { gateway_sessions } from '../../../db/schema/log.ts';
import { tokens } from '../../../db/schema/people.ts';
import { members } from '../../../db/schema/spaces.ts';
import { voice_states } from '../../../db/schema/voice.ts';
import { kept_channels } from '../../../db/views.ts';

export type VoiceRow = typeof voice_states.$inferSelect;

/** The maximum number of states that are read at once. */
export const slice = 500;

const ofChannel = prepared((orm) =>
  orm
    .select()
    .from(voice_states)
    .where(eq(voice_states.channel_id, sql.placeholder('channel_id')))
    .orderBy(asc(voice_states.since), asc(voice_states.user_id))
    .limit(sql.placeholder('limit'))
    .prepare(),
);
const ofSpace = prepared((orm) =>
  orm
    .select()
    .from(voice_states)
    .where(
      and(
        eq(voice_states.space_id, sql.placeholder('space_id')),
        sql`${voice_states.user_id} > ${sql.placeholder('after')}`,
      ),
    )
    .orderBy(asc(voice_states.user_id))
    .limit(slice)
    .prepare(),
);
const anyOfSpace = prepared((orm) =>
  orm
    .select({ user_id: voice_states.user_id })
    .from(voice_states)
    .where(eq(voice_states.space_id, sql.placeholder('space_id')))
    .limit(1)
    .prepare(),
);
const everywhere = prepared((orm) =>
  orm
    .select()
    .from(voice_states)
    .where(sql`${voice_states.user_id} > ${sql.placeholder('after')}`)
    .orderBy(asc(voice_states.user_id))
    .limit(slice)
    .prepare(),
);
const countOthers = prepared((orm) =>
  orm
    .select({ count: sql<number>`count(*)` })
    .from(voice_states)
    .where(
      and(
        eq(voice_states.channel_id, sql.placeholder('channel_id')),
        sql`${voice_states.user_id} <> ${sql.placeholder('user_id')}`,
      ),
    )
    .prepare(),
);
const moderationOf = prepared((orm) =>
  orm
    .select({ mute: members.mute, deaf: members.deaf })
    .from(members)
    .where(
      and(
        eq(members.space_id, sql.placeholder('space_id')),
        eq(members.user_id, sql.placeholder('user_id')),
      ),
    )
    .prepare(),
);
const classOfChannel = prepared((orm) =>
  orm
    .select({ class_id: kept_channels.class_id })
    .from(kept_channels)
    .where(eq(kept_channels.id, sql.placeholder('id')))
    .prepare(),
);
const validToken = prepared((orm) =>
  orm
    .select({ hash: tokens.hash })
    .from(tokens)
    .where(
      and(
        eq(tokens.user_id, sql.placeholder('user_id')),
        sql`(${tokens.expires_at} is null or ${tokens.expires_at} > ${sql.placeholder('now')})`,
      ),
    )
    .limit(1)
    .prepare(),
);
/** The voice state of an account, which has at most one. */
export const voiceStateOf = rowBy(voice_states, voice_states.user_id);

/** The voice states in a channel, the oldest first. */
export function voiceStatesIn(db: Db, channel_id: string, limit: number): VoiceRow[] {
  return ofChannel(db).all({ channel_id, limit });
}

/** A slice of a space's states by user id, above `after` ("" for the beginning). */
export function voiceStatesOfSpace(db: Db, space_id: string, after: string): VoiceRow[] {
  return ofSpace(db).all({ space_id, after });
}

/** The voice states in the conversations of an account, whose windows may be closed. */
export function voiceStatesOfPerson(db: Db, user_id: string): VoiceRow[] {
  return db.sqlite
    .rows(
      { user_id: 'text' },
      `SELECT v.user_id AS user_id
         FROM conversation_people p CROSS JOIN voice_states v ON v.channel_id = p.channel_id
        WHERE p.user_id = ? AND p.left_at IS NULL LIMIT ${slice}`,
    )
    .all(user_id)
    .flatMap((row) => voiceStateOf(db, row.user_id) ?? []);
}

/** Tells whether anyone is in voice in the space. */
export function hasVoice(db: Db, space_id: string): boolean {
  return anyOfSpace(db).get({ space_id }) !== undefined;
}

/** A slice of all states by user id, above `after` ("" for the beginning). */
export function allVoiceStates(db: Db, after: string): VoiceRow[] {
  return everywhere(db).all({ after });
}

/** Counts the others in the channel. */
export function othersIn(db: Db, channel_id: string, user_id: string): number {
  return countOthers(db).get({ channel_id, user_id })?.count ?? 0;
}

/** The mute and deaf flags that a moderator has set; both false if there is no member. */
export function moderation(db: Db, space_id: string | null, user_id: string) {
  const row = space_id === null ? undefined : moderationOf(db).get({ space_id, user_id });
  return row ?? { mute: false, deaf: false };
}

/** The visibility class of a channel, even if it was just deleted; null if it has none. */
export function classOf(db: Db, channel_id: string): number | null {
  return classOfChannel(db).get({ id: channel_id })?.class_id ?? null;
}

/** Tells whether the account has a valid token. */
export function hasToken(db: Db, user_id: string, now: number): boolean {
  return validToken(db).get({ user_id, now }) !== undefined && !isStopped(db, user_id);
}

/** A slice of the states whose session is gone or not held any more. */
export function statesWithoutSession(db: Db): VoiceRow[] {
  return db.orm
    .select({ state: voice_states })
    .from(voice_states)
    .leftJoin(gateway_sessions, eq(gateway_sessions.id, voice_states.session_id))
    .where(
      and(
        eq(voice_states.bound, true),
        sql`(${gateway_sessions.id} is null or not ${gateway_sessions.held})`,
      ),
    )
    .limit(slice)
    .all()
    .map(({ state }) => state);
}

/** Puts somebody into a channel, whatever channel they were in. */
export function putVoiceState(tx: Tx, row: VoiceRow): void {
  const { user_id, ...rest } = row;
  tx.orm
    .insert(voice_states)
    .values({ user_id, ...rest })
    .onConflictDoUpdate({ target: voice_states.user_id, set: rest })
    .run();
}

export function updateVoiceState(
  tx: Tx,
  user_id: string,
  change: Partial<Omit<VoiceRow, 'user_id'>>,
): void {
  tx.orm.update(voice_states).set(change).where(eq(voice_states.user_id, user_id)).run();
}

export function deleteVoiceState(tx: Tx, user_id: string): void {
  tx.orm.delete(voice_states).where(eq(voice_states.user_id, user_id)).run();
}
