// Hides rows at once and clears them later: the views leave out all that a work list names.
import type { Db, Tx } from '../../../db/open.ts';
import { matchHidden } from '../../../db/views.ts';
import { forgetAllKept } from './kept.ts';

/** The rows of the work lists; numbers are text, to keep all their digits. */
export interface Hidden {
  /** All messages of an account up to `until_n`, and its reactions up to `reactions_until_n`. */
  hidden_accounts: { user_id: string; until_n: string; reactions_until_n: string };
  /** Messages of an author in a space, with ids from `from_n` to `until_n`. */
  hidden_authors: { author_id: string; space_id: string; from_n: string; until_n: string };
  /** Replies to a message that is gone. */
  hidden_threads: { thread_id: string; channel_id: string };
  /** Answers of an author in a thread that stays, above `from_n`, up to `until_n`. */
  hidden_answers: {
    thread_id: string;
    author_id: string;
    channel_id: string;
    from_n: string;
    until_n: string;
  };
  /** Reactions to a message, numbered up to `until_n`: with one emoji, or all (''). */
  hidden_reactions: { message_id: string; emoji: string; until_n: string };
  /** Reactions of an account in a space, numbered above `from_n`, up to `until_n`. */
  hidden_reactors: { user_id: string; space_id: string; from_n: string; until_n: string };
}

/** A number above every id. */
export const endOfTime = '9223372036854775807';

/** Adds a row to a work list. The turn needs its savepoint, so that a rollback resets the views. */
export function hide<L extends keyof Hidden>(tx: Tx, list: L, row: Hidden[L]): void {
  const columns = Object.keys(row);
  const places = columns.map(() => '?').join(', ');
  tx.sqlite
    .query(`INSERT INTO ${list} (${columns.join(', ')}) VALUES (${places})`)
    .run(...Object.values<string>(row));
  matchHidden(tx.sqlite);
  forgetAllKept(tx);
}

/**
 * Returns those of the messages that a user, who heard of them, is not to see any more: they are gone or
 * hidden, their channel is gone, or they stand in a conversation that the user is not in any more.
 * Mostly none: rows of what is in sight would cost as much as finding them.
 */
export function outOfSight(db: Db, ids: readonly string[], user_id: string): Set<string> {
  if (ids.length === 0) return new Set();
  const found = db.sqlite
    .rows(
      { id: 'text' },
      `SELECT asked.value AS id FROM json_each(?1) asked
         LEFT JOIN shown_messages m ON m.n = cast(asked.value AS integer)
         LEFT JOIN live_channels c ON c.id = m.channel_id
        WHERE c.id IS NULL OR (m.space_id IS NULL AND NOT EXISTS (
          SELECT 1 FROM conversation_people p
           WHERE p.channel_id = m.channel_id AND p.user_id = ?2 AND p.left_at IS NULL))`,
    )
    .all(JSON.stringify(ids), user_id);
  return new Set(found.map(({ id }) => id));
}
