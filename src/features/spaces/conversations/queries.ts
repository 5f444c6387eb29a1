// SQL of who takes part in conversations.
import { and, eq, sql } from 'drizzle-orm';
import { prepared, type Db, type Tx } from '../../../db/open.ts';
import { conversation_people, dm_pairs } from '../../../db/schema/conversations.ts';

/** The most conversations that a list holds: those with the newest messages. */
export const maxListed = 1_000;

/** The two ids of a pair in the order in which the table keeps them. */
const pairOf = (one: string, other: string) =>
  one < other ? { low_id: one, high_id: other } : { low_id: other, high_id: one };

const ofPair = prepared((orm) =>
  orm
    .select({ channel_id: dm_pairs.channel_id })
    .from(dm_pairs)
    .where(
      and(
        eq(dm_pairs.low_id, sql.placeholder('low_id')),
        eq(dm_pairs.high_id, sql.placeholder('high_id')),
      ),
    )
    .prepare(),
);
const personIn = prepared((orm) =>
  orm
    .select()
    .from(conversation_people)
    .where(
      and(
        eq(conversation_people.channel_id, sql.placeholder('channel_id')),
        eq(conversation_people.user_id, sql.placeholder('user_id')),
      ),
    )
    .prepare(),
);

/** Returns the id of the conversation of these two; null if they have none. */
export function conversationOf(db: Db, one: string, other: string): string | null {
  return ofPair(db).get(pairOf(one, other))?.channel_id ?? null;
}

export function insertPair(tx: Tx, one: string, other: string, channel_id: string): void {
  tx.orm
    .insert(dm_pairs)
    .values({ ...pairOf(one, other), channel_id })
    .run();
}

/** Tells whether somebody takes part and has closed the window. */
export function hasClosed(db: Db, channel_id: string, user_id: string): boolean {
  return personIn(db).get({ channel_id, user_id })?.closed ?? false;
}

/** Makes somebody one of the people, also one who has left before. */
export function enter(tx: Tx, channel_id: string, user_id: string, now: number): void {
  tx.orm
    .insert(conversation_people)
    .values({ channel_id, user_id, joined_at: now })
    .onConflictDoUpdate({
      target: [conversation_people.channel_id, conversation_people.user_id],
      set: { joined_at: now, closed: false, left_at: null },
    })
    .run();
}

function changePerson(
  tx: Tx,
  channel_id: string,
  user_id: string,
  change: { closed?: boolean; left_at?: number },
): void {
  tx.orm
    .update(conversation_people)
    .set(change)
    .where(
      and(eq(conversation_people.channel_id, channel_id), eq(conversation_people.user_id, user_id)),
    )
    .run();
}

/** Takes somebody out; the row stays, since messages may be by that account. */
export function leave(tx: Tx, channel_id: string, user_id: string, now: number): void {
  changePerson(tx, channel_id, user_id, { left_at: now });
}

export function setClosed(tx: Tx, channel_id: string, user_id: string, closed: boolean): void {
  changePerson(tx, channel_id, user_id, { closed });
}

/** Returns the ids of the people who have closed the window. */
export function closedBy(db: Db, channel_id: string): string[] {
  return db.sqlite
    .rows(
      { user_id: 'text' },
      `SELECT user_id FROM conversation_people
        WHERE channel_id = ? AND closed = 1 AND left_at IS NULL`,
    )
    .all(channel_id)
    .map(({ user_id }) => user_id);
}

/** Returns the ids of the conversations whose window somebody has open, the newest message first. */
export function openConversations(db: Db, user_id: string): string[] {
  return db.sqlite
    .rows(
      { id: 'text' },
      `SELECT c.id AS id FROM conversation_people p JOIN live_channels c ON c.id = p.channel_id
        WHERE p.user_id = ? AND p.left_at IS NULL AND p.closed = 0
        ORDER BY cast(coalesce(c.last_message_id, c.id) AS integer) DESC LIMIT ${maxListed}`,
    )
    .all(user_id)
    .map(({ id }) => id);
}

/** Returns the ids of some groups that somebody takes part in, of the newest conversations. */
export function someGroups(
  db: Db,
  user_id: string,
  { limit, among }: { limit: number; among: number },
): string[] {
  return db.sqlite
    .rows(
      { id: 'text' },
      `SELECT c.id AS id
         FROM (SELECT channel_id FROM conversation_people
                WHERE user_id = ? AND left_at IS NULL ORDER BY channel_id DESC LIMIT ?) p
        CROSS JOIN live_channels c ON c.id = p.channel_id AND c.type = 'group_dm' LIMIT ?`,
    )
    .all(user_id, among, limit)
    .map(({ id }) => id);
}

/**
 * Returns some conversations of two that somebody takes part in, behind `after`, with the other one:
 * whether their window is closed, and whether they are deleted.
 */
export function pairsBehind(db: Db, user_id: string, after: string, limit: number) {
  return db.sqlite
    .rows(
      { id: 'text', other_id: 'text', closed: 'number', gone: 'number' },
      `SELECT p.channel_id AS id, other.user_id AS other_id, other.closed AS closed,
              u.deleted_at IS NOT NULL AS gone
         FROM conversation_people p CROSS JOIN live_channels c ON c.id = p.channel_id
         CROSS JOIN conversation_people other
           ON other.channel_id = p.channel_id AND other.user_id <> p.user_id
         CROSS JOIN users u ON u.id = other.user_id
        WHERE p.user_id = ?1 AND p.channel_id > ?2 AND p.left_at IS NULL AND c.type = 'dm'
        ORDER BY p.channel_id LIMIT ?3`,
    )
    .all(user_id, after, limit);
}

const sliceLeft = 500;

/** Deletes some rows of conversations that somebody has left; returns whether there were any. */
export function deleteSomeLeft(tx: Tx, user_id: string): boolean {
  const { changes } = tx.sqlite
    .query(
      `DELETE FROM conversation_people WHERE (channel_id, user_id) IN (
         SELECT channel_id, user_id FROM conversation_people
          WHERE user_id = ? AND left_at IS NOT NULL LIMIT ${sliceLeft})`,
    )
    .run(user_id);
  return changes > 0;
}

/** Tells whether somebody takes part in any conversation. */
export function takesPart(db: Db, user_id: string): boolean {
  const row = db.sqlite
    .query(
      `SELECT 1 FROM conversation_people p JOIN live_channels c ON c.id = p.channel_id
        WHERE p.user_id = ? AND p.left_at IS NULL LIMIT 1`,
    )
    .get(user_id);
  return row !== null;
}

/** Returns the ids of the people of each of these conversations, who came first in front. */
export function peopleOfEach(db: Db, ids: readonly string[]): Map<string, string[]> {
  const rows = db.sqlite
    .rows(
      { channel_id: 'text', user_id: 'text' },
      `SELECT p.channel_id AS channel_id, p.user_id AS user_id
         FROM json_each(?) asked CROSS JOIN conversation_people p ON p.channel_id = asked.value
        WHERE p.left_at IS NULL ORDER BY p.joined_at, p.user_id`,
    )
    .all(JSON.stringify(ids));
  const found = new Map<string, string[]>();
  for (const { channel_id, user_id } of rows) {
    const known = found.get(channel_id);
    if (known) known.push(user_id);
    else found.set(channel_id, [user_id]);
  }
  return found;
}
