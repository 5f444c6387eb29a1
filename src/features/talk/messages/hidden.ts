// Hides at once what is cleared later: a row in a work list, and from then on the views leave it out.
import type { Db, Tx } from '../../../db/open.ts';
import { matchHidden } from '../../../db/views.ts';
import { forgetAllKept } from './kept.ts';

/** What the lists hold; numbers are text, with all their digits. */
export interface Hidden {
  /** Messages of an author in a space, from one id to another. */
  hidden_authors: { author_id: string; space_id: string; from_n: string; until_n: string };
  /** Replies of a message that is gone. */
  hidden_threads: { thread_id: string; channel_id: string };
  /** Reactions of a message up to a number: those with one emoji, or all (''). */
  hidden_reactions: { message_id: string; emoji: string; until_n: string };
  /** Reactions of an account in a space, from after one number to another. */
  hidden_reactors: { user_id: string; space_id: string; from_n: string; until_n: string };
}

/** Above every id. */
export const endOfTime = '9223372036854775807';

/** Hides it. The turn needs its savepoint: the views change with it, and have to go back with it. */
export function hide<L extends keyof Hidden>(tx: Tx, list: L, row: Hidden[L]): void {
  const columns = Object.keys(row);
  const places = columns.map(() => '?').join(', ');
  tx.sqlite
    .query(`INSERT INTO ${list} (${columns.join(', ')}) VALUES (${places})`)
    .run(...Object.values<string>(row));
  matchHidden(tx.sqlite);
  forgetAllKept(tx);
}

/** Whether a message is there for those who view its channel, which is there as well. */
export function isInSight(db: Db, id: string): boolean {
  const found = db.sqlite
    .query(
      `SELECT 1 FROM shown_messages m JOIN live_channels c ON c.id = m.channel_id
        WHERE m.n = cast(? AS integer)`,
    )
    .get(id);
  return found !== null;
}
