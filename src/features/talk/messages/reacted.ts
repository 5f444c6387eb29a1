// Removes reactions, from messages that are gone or that stay; the latter are hidden at once.
import type { Db, Tx } from '../../../db/open.ts';
import { endOfTime, hide, type Hidden } from './hidden.ts';

/** Reactions of a message: those with one emoji, or all (''). */
interface Reacted {
  message_id: string;
  emoji: string;
}

const sliceReactions = 500;

const condition = ({ emoji }: Reacted) => `message_id = ?1 ${emoji && 'AND emoji = ?2'}`;

function isAnyShown(db: Db, which: Reacted): boolean {
  const { message_id, emoji } = which;
  const statement = `SELECT 1 FROM shown_reactions WHERE ${condition(which)} LIMIT 1`;
  const values = emoji ? [message_id, emoji] : [message_id];
  return db.sqlite.query(statement).get(...values) !== null;
}

/** The number of the newest reaction, as text; '0' if there is none. */
export function newestReaction(db: Db): string {
  const row = db.sqlite
    .rows({ n: 'text?' }, 'SELECT cast(max(n) AS text) AS n FROM reactions')
    .get();
  return row?.n ?? '0';
}

/** Removes a slice of hidden reactions; returns true if more may be left. */
export function clearReactions(tx: Tx, which: Hidden['hidden_reactions']): boolean {
  const { changes } = tx.sqlite
    .query(
      `DELETE FROM reactions WHERE n IN (SELECT n FROM reactions
         WHERE ${condition(which)} AND n <= cast(?3 AS integer) LIMIT ${sliceReactions})`,
    )
    .run(which.message_id, which.emoji, which.until_n);
  return changes === sliceReactions;
}

/** Removes reactions from a message, after 500 in later turns; false if there are none. */
export function eraseReactions(tx: Tx, which: Reacted): boolean {
  if (!isAnyShown(tx, which)) return false;
  const hidden = { ...which, until_n: newestReaction(tx) };
  if (clearReactions(tx, hidden)) hide(tx, 'hidden_reactions', hidden);
  return true;
}

/** Removes the reactions of deleted messages, after 500 in later turns. */
export function dropReactions(tx: Tx, message_ids: readonly string[]): void {
  const { changes } = tx.sqlite
    .query(
      `DELETE FROM reactions WHERE n IN (SELECT r.n FROM json_each(?) gone
         JOIN reactions r ON r.message_id = gone.value LIMIT ${sliceReactions})`,
    )
    .run(JSON.stringify(message_ids));
  if (changes < sliceReactions) return;
  for (const message_id of message_ids) {
    hide(tx, 'hidden_reactions', { message_id, emoji: '', until_n: endOfTime });
  }
}

/** Removes single reactions, by their numbers. */
export function removeReactions(tx: Tx, rows: readonly { n: number }[]): void {
  const remove = tx.sqlite.query('DELETE FROM reactions WHERE n = ?');
  for (const { n } of rows) remove.run(n);
}
