// Hides at once what is cleared later: a row in a work list, and from then on the views leave it out.
import type { Db, Tx } from '../../db/open.ts';
import { matchHidden } from '../../db/views.ts';
import { forgetAllKept } from './kept.ts';

/** Messages of an author in a space, from one id to another. */
export interface HiddenAuthor {
  user_id: string;
  space_id: string;
  from_id: string;
  until_id: string;
}

/** Replies of a message that is gone. */
export interface HiddenThread {
  thread_id: string;
  channel_id: string;
}

/** Reactions of a message up to a number: those with one emoji, or all (''). */
export interface HiddenReactions {
  message_id: string;
  emoji: string;
  until_n: string;
}

/** Reactions of an account in a space, up to a number. */
export interface HiddenReactor {
  user_id: string;
  space_id: string;
  until_n: string;
}

/** Above every id. */
export const endOfTime = '9223372036854775807';

export function hideAuthor(tx: Tx, of: HiddenAuthor): void {
  const values = [of.user_id, of.space_id, of.from_id, of.until_id];
  hide(tx, 'hidden_authors (author_id, space_id, from_n, until_n)', values);
}

export function hideThread(tx: Tx, { thread_id, channel_id }: HiddenThread): void {
  hide(tx, 'hidden_threads (thread_id, channel_id)', [thread_id, channel_id]);
}

export function hideReactions(tx: Tx, { message_id, emoji, until_n }: HiddenReactions): void {
  hide(tx, 'hidden_reactions (message_id, emoji, until_n)', [message_id, emoji, until_n]);
}

export function hideReactor(tx: Tx, { user_id, space_id, until_n }: HiddenReactor): void {
  hide(tx, 'hidden_reactors (user_id, space_id, until_n)', [user_id, space_id, until_n]);
}

/** The turn needs its savepoint: the views change with it, and have to go back with it. */
function hide(tx: Tx, list: string, values: readonly string[]): void {
  const places = values.map(() => '?').join(', ');
  // Numbers come as text: the column makes them what they are, with all their digits.
  tx.sqlite.query(`INSERT INTO ${list} VALUES (${places})`).run(...values);
  matchHidden(tx.sqlite);
  forgetAllKept(tx);
}

/** Whether a message is there for those who view its channel, which is there as well. */
export function isInSight(db: Db, id: string): boolean {
  const found = db.sqlite
    .query<unknown, [string]>(
      `SELECT 1 FROM shown_messages m JOIN live_channels c ON c.id = m.channel_id
        WHERE m.n = cast(? AS integer)`,
    )
    .get(id);
  return found !== null;
}
