// Who knows whom: the spaces, friends and partners of conversations that hear about an account.
import { z } from 'zod';
import type { Turn } from '../app.ts';
import type { Db } from '../db/open.ts';
import { nobody, signal } from '../events/event.ts';
import { spacesOf } from './hearing.ts';

/** So many others of open conversations are told about an account. */
const maxPartners = 1_000;

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
          AND ${unblocked('?1', 'other.user_id')} LIMIT ${maxPartners}`,
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

/**
 * Runs a change of what connects one person with others: friendship, a block, a conversation that
 * opens, closes, or that somebody joins or leaves. Tells those of them for whom that made a difference.
 */
export function changingNearness<T>(
  turn: Turn,
  user_id: string,
  others: readonly string[],
  change: () => T,
): T {
  if (others.length === 0) return change();
  const before = nearAmong(turn.tx, user_id, others);
  const done = change();
  const after = nearAmong(turn.tx, user_id, others);
  for (const target_id of others) {
    const near = after.has(target_id);
    if (near !== before.has(target_id))
      turn.tell(nearnessChanged, nobody, { user_id, target_id, near });
  }
  return done;
}
