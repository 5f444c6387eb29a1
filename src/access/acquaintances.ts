// Who knows whom: the spaces, friends and partners of conversations that hear about an account.
import { z } from 'zod';
import type { Turn } from '../app.ts';
import type { Db } from '../db/open.ts';
import { nobody, signal } from '../events/event.ts';
import { spacesOf } from './hearing.ts';

/** So many others of open conversations are told about an account: those of the newest ones. */
const maxPartners = 500;

/** SQL for: neither of these two has blocked the other. */
const unblocked = (one: string, other: string) => `NOT EXISTS (SELECT 1 FROM relationships b
    WHERE b.user_id = ${one} AND b.target_id = ${other} AND b.type = 2)
  AND NOT EXISTS (SELECT 1 FROM relationships b
    WHERE b.user_id = ${other} AND b.target_id = ${one} AND b.type = 2)`;

/**
 * The other people of one's conversations, where neither has closed the window: whoever closes it is
 * no longer seen through it, so that a stranger who writes does not watch for ever.
 */
const openWith = (own: string) => `conversation_people mine
    CROSS JOIN conversation_people other ON other.channel_id = mine.channel_id
    CROSS JOIN live_channels c ON c.id = mine.channel_id
   WHERE mine.user_id = ${own} AND mine.left_at IS NULL AND mine.closed = 0
     AND other.left_at IS NULL AND other.closed = 0`;

/** The audience of an account's presence and profile. */
export interface Acquaintances {
  space_ids: string[];
  /** The account itself, its friends and the partners of its conversations, each once. */
  user_ids: string[];
}

/**
 * Returns everyone who hears about an account. Two people of whom one has blocked the other do not
 * hear of each other but in the spaces that they share.
 */
export function acquaintancesOf(db: Db, user_id: string): Acquaintances {
  return { space_ids: spacesOf(db, user_id), user_ids: [user_id, ...nearTo(db, user_id)] };
}

/** Returns the friends of an account and the partners of its conversations, each once. */
export function nearTo(db: Db, user_id: string): Set<string> {
  const friends = db.sqlite
    .rows(
      { id: 'text' },
      'SELECT target_id AS id FROM relationships WHERE user_id = ? AND type = 1',
    )
    .all(user_id);
  const partners = db.sqlite
    .rows(
      { id: 'text' },
      `SELECT other.user_id AS id FROM ${openWith('?1')} AND other.user_id <> ?1
          AND ${unblocked('?1', 'other.user_id')}
        ORDER BY mine.channel_id DESC LIMIT ${maxPartners}`,
    )
    .all(user_id);
  return new Set([...friends, ...partners].map(({ id }) => id));
}

/**
 * Tells whether two people hear of each other by friendship or a conversation, whoever is named first.
 * It looks through the conversations of the first: where many are asked about one, that one comes last.
 */
export function areNear(db: Db, user_id: string, target_id: string): boolean {
  return nearAmong(db, user_id, [target_id]).has(target_id);
}

/** Returns those of the others who are near to somebody, whose conversations are looked through once. */
function nearAmong(db: Db, user_id: string, others: readonly string[]): Set<string> {
  const rows = db.sqlite
    .rows(
      { id: 'text' },
      // The `+` keeps SQLite from looking for each of the others in each conversation.
      `SELECT target_id AS id FROM relationships
        WHERE user_id = ?1 AND type = 1 AND target_id IN (SELECT value FROM json_each(?2))
        UNION
       SELECT other.user_id FROM ${openWith('?1')}
          AND +other.user_id IN (SELECT value FROM json_each(?2))
          AND ${unblocked('?1', 'other.user_id')}`,
    )
    .all(user_id, JSON.stringify(others));
  return new Set(rows.map(({ id }) => id));
}

/** Tells whether two people are members of one space. */
export function shareSpace(db: Db, user_id: string, target_id: string): boolean {
  const row = db.sqlite
    .rows(
      { shared: 'number' },
      `SELECT EXISTS (SELECT 1 FROM members theirs
          CROSS JOIN members mine ON mine.space_id = theirs.space_id AND mine.user_id = ?1
          CROSS JOIN live_spaces s ON s.id = theirs.space_id
         WHERE theirs.user_id = ?2) AS shared`,
    )
    .get(user_id, target_id);
  return row?.shared === 1;
}

/** Two people came to hear of each other by friendship or a conversation, or ceased to. */
export const nearnessChanged = signal(
  'acquaintance.changed',
  z.object({ user_id: z.string(), target_id: z.string(), near: z.boolean() }),
);

/** Returns each two of whom one is among `people`, the other among them or the others; each once. */
function pairsOf(people: readonly string[], others: readonly string[]): [string, string][] {
  const all = [...new Set([...people, ...others])];
  return people.flatMap((one, index) => {
    const had = people.slice(0, index + 1);
    return all.filter((id) => !had.includes(id)).map((id): [string, string] => [one, id]);
  });
}

const keyOf = (one: string, other: string) => (one < other ? `${one} ${other}` : `${other} ${one}`);

/** Returns the pairs of people near to each other, by `keyOf`; of many conversations some are looked at. */
function nearPairs(db: Db, people: readonly string[]): Set<string> {
  const related = db.sqlite
    .rows(
      { one: 'text', other: 'text', type: 'number' },
      `SELECT user_id AS one, target_id AS other, type FROM relationships
        WHERE user_id IN (SELECT value FROM json_each(?1))
          AND target_id IN (SELECT value FROM json_each(?1))`,
    )
    .all(JSON.stringify(people));
  const keysOf = (type: number) =>
    related.filter((row) => row.type === type).map(({ one, other }) => keyOf(one, other));
  // As one text each: a row would cost more than what it holds.
  const open = db.sqlite.rows(
    { ids: 'text' },
    `SELECT json_group_array(channel_id) AS ids FROM (
       SELECT channel_id FROM conversation_people
        WHERE user_id = ? AND left_at IS NULL AND closed = 0
        ORDER BY channel_id DESC LIMIT ${maxPartners})`,
  );
  const inside = new Map<string, string[]>();
  for (const id of people) {
    const channel_ids: string[] = JSON.parse(open.get(id)?.ids ?? '[]');
    for (const channel_id of channel_ids) {
      const known = inside.get(channel_id);
      if (known) known.push(id);
      else inside.set(channel_id, [id]);
    }
  }
  const shared = [...inside].filter(([, here]) => here.length > 1);
  const live = db.sqlite
    .rows(
      { id: 'text' },
      `SELECT c.id AS id FROM json_each(?) asked JOIN live_channels c ON c.id = asked.value`,
    )
    .all(JSON.stringify(shared.map(([channel_id]) => channel_id)));
  const alive = new Set(live.map(({ id }) => id));
  const blocked = new Set(keysOf(2));
  const talking = shared
    .filter(([channel_id]) => alive.has(channel_id))
    .flatMap(([, here]) => pairsOf(here, []).map(([one, other]) => keyOf(one, other)))
    .filter((key) => !blocked.has(key));
  return new Set([...keysOf(1), ...talking]);
}

/**
 * Runs a change of what connects some people with others, and with one another: friendship, a block, a
 * conversation that opens, closes, or that somebody joins or leaves. Tells each two for whom that made
 * a difference.
 */
export function changingNearness<T>(
  turn: Turn,
  people: readonly string[],
  others: readonly string[],
  change: () => T,
): T {
  const pairs = pairsOf(people, others);
  const [first] = people;
  if (first === undefined || pairs.length === 0) return change();
  const near = (): Set<string> => {
    if (people.length > 1) return nearPairs(turn.tx, [...new Set([...people, ...others])]);
    return new Set([...nearAmong(turn.tx, first, others)].map((id) => keyOf(first, id)));
  };
  const before = near();
  const done = change();
  const after = near();
  for (const [user_id, target_id] of pairs) {
    const key = keyOf(user_id, target_id);
    if (before.has(key) === after.has(key)) continue;
    turn.tell(nearnessChanged, nobody, { user_id, target_id, near: after.has(key) });
  }
  return done;
}
