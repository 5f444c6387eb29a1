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

/** Returns those of the messages that are shown and whose channel still exists. */
export function inSight(db: Db, ids: readonly string[]): Set<string> {
  if (ids.length === 0) return new Set();
  const found = db.sqlite
    .rows(
      { id: 'text' },
      `SELECT m.id AS id FROM shown_messages m JOIN live_channels c ON c.id = m.channel_id
        WHERE m.n IN (SELECT cast(value AS integer) FROM json_each(?))`,
    )
    .all(JSON.stringify(ids));
  return new Set(found.map(({ id }) => id));
}
