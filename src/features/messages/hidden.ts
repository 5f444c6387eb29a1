// What is hidden until its rows are cleared: whoever reads messages or reactions asks here what is to be seen.
import type { Database } from 'bun:sqlite';
import type { Turn } from '../../app.ts';
import type { Db, Tx } from '../../db/open.ts';

/** Messages of an author in a space, from one id to another. */
export interface HiddenAuthor {
  user_id: string;
  space_id: string;
  from_id: string;
  until_id: string;
}

/** Reactions of a message up to a number: those with one emoji, or all (null). */
export interface HiddenReactions {
  message_id: string;
  emoji: string | null;
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

type Table = 'hidden_authors' | 'hidden_reactions' | 'hidden_reactors';

// Nearly always the tables are empty, and no read should pay for them. A database stands here too
// long rather than too short: the rows are part of the transaction, this is not.
const filled: Record<Table, WeakSet<Database>> = {
  hidden_authors: new WeakSet(),
  hidden_reactions: new WeakSet(),
  hidden_reactors: new WeakSet(),
};

const authorKey = 'author_id = ? AND space_id = ? AND from_n = cast(? AS integer)';

/** Hides messages, in the transaction that notes their clearing. */
export function hideAuthor(tx: Tx, { user_id, space_id, from_id, until_id }: HiddenAuthor): void {
  filled.hidden_authors.add(tx.sqlite);
  tx.sqlite
    .query(
      `INSERT OR IGNORE INTO hidden_authors
         VALUES (?, ?, cast(? AS integer), cast(? AS integer))`,
    )
    .run(user_id, space_id, from_id, until_id);
}

/** Says that the messages are cleared. */
export function authorIsCleared(turn: Turn, of: HiddenAuthor): void {
  turn.tx.sqlite
    .query(`DELETE FROM hidden_authors WHERE ${authorKey} AND until_n = cast(? AS integer)`)
    .run(of.user_id, of.space_id, of.from_id, of.until_id);
  turn.onCommit(() => lookInto(turn.tx, 'hidden_authors'));
}

/** Hides reactions, in the transaction that notes their clearing. */
export function hideReactions(tx: Tx, { message_id, emoji, until_n }: HiddenReactions): void {
  filled.hidden_reactions.add(tx.sqlite);
  tx.sqlite
    .query('INSERT OR IGNORE INTO hidden_reactions VALUES (?, ?, cast(? AS integer))')
    .run(message_id, emoji ?? '', until_n);
}

/** Says that the reactions are cleared. */
export function reactionsAreCleared(turn: Turn, of: HiddenReactions): void {
  turn.tx.sqlite
    .query(
      'DELETE FROM hidden_reactions WHERE message_id = ? AND emoji = ? AND until_n = cast(? AS integer)',
    )
    .run(of.message_id, of.emoji ?? '', of.until_n);
  turn.onCommit(() => lookInto(turn.tx, 'hidden_reactions'));
}

/** Hides what an account has reacted with, in the transaction that notes their clearing. */
export function hideReactor(tx: Tx, { user_id, space_id, until_n }: HiddenReactor): void {
  filled.hidden_reactors.add(tx.sqlite);
  tx.sqlite
    .query('INSERT OR IGNORE INTO hidden_reactors VALUES (?, ?, cast(? AS integer))')
    .run(user_id, space_id, until_n);
}

/** Says that they are cleared. */
export function reactorIsCleared(turn: Turn, { user_id, space_id, until_n }: HiddenReactor): void {
  turn.tx.sqlite
    .query(
      'DELETE FROM hidden_reactors WHERE user_id = ? AND space_id = ? AND until_n = cast(? AS integer)',
    )
    .run(user_id, space_id, until_n);
  turn.onCommit(() => lookInto(turn.tx, 'hidden_reactors'));
}

function lookInto(db: Db, table: Table): void {
  const any = db.sqlite.query(`SELECT 1 FROM ${table} LIMIT 1`).get() !== null;
  if (any) filled[table].add(db.sqlite);
  else filled[table].delete(db.sqlite);
}

/** As a condition in SQL: whether the message of that table or alias is not hidden by its author's going. */
export function shown(db: Db, message = 'messages'): string {
  if (!filled.hidden_authors.has(db.sqlite)) return 'TRUE';
  return `NOT EXISTS (SELECT 1 FROM hidden_authors h
    WHERE h.author_id = ${message}.author_id AND h.space_id = ${message}.space_id
      AND ${message}.n BETWEEN h.from_n AND h.until_n)`;
}

/** The same where replies are read beside other messages: they are gone with the message that began their thread. */
export function inSight(db: Db, message = 'messages'): string {
  return `${shown(db, message)} AND (${message}.thread_id IS NULL OR EXISTS (
    SELECT 1 FROM messages parent
     WHERE parent.n = cast(${message}.thread_id AS integer) AND ${shown(db, 'parent')}))`;
}

/** Whether a message that was read by its id is hidden. */
export function isHidden(
  db: Db,
  message: { id: string; author_id: string; space_id: string | null },
): boolean {
  if (!filled.hidden_authors.has(db.sqlite)) return false;
  const found = db.sqlite
    .query<unknown, [string, string | null, string]>(
      `SELECT 1 FROM hidden_authors WHERE author_id = ? AND space_id = ?
          AND cast(? AS integer) BETWEEN from_n AND until_n`,
    )
    .get(message.author_id, message.space_id, message.id);
  return found !== null;
}

/** Whether a message is there for those who view its channel, which is there as well. */
export function isInSight(db: Db, id: string): boolean {
  const found = db.sqlite
    .query<unknown, [string]>(
      `SELECT 1 FROM messages m JOIN channels c ON c.id = m.channel_id AND c.deleted_at IS NULL
        WHERE m.n = cast(? AS integer) AND ${inSight(db, 'm')}`,
    )
    .get(id);
  return found !== null;
}

const hidesReaction = {
  hidden_reactions: (reaction: string) => `SELECT 1 FROM hidden_reactions h
    WHERE h.message_id = ${reaction}.message_id AND h.emoji IN ('', ${reaction}.emoji)
      AND ${reaction}.n <= h.until_n`,
  hidden_reactors: (reaction: string) => `SELECT 1 FROM hidden_reactors h
     JOIN messages of ON of.n = cast(${reaction}.message_id AS integer) AND of.space_id = h.space_id
    WHERE h.user_id = ${reaction}.user_id AND ${reaction}.n <= h.until_n`,
};

/** As a condition in SQL: whether the reaction of that table or alias is not hidden. */
export function reactionShown(db: Db, reaction = 'reactions'): string {
  const conditions = Object.entries(hidesReaction)
    .filter(([table]) => filled[table as Table].has(db.sqlite))
    .map(([, hides]) => `NOT EXISTS (${hides(reaction)})`);
  return conditions.length === 0 ? 'TRUE' : conditions.join(' AND ');
}

/** Removes one reaction now that is hidden, so that it is neither taken back nor in the way of a new one. */
export function dropHiddenReaction(
  tx: Tx,
  { message_id, emoji, user_id }: { message_id: string; emoji: string; user_id: string },
): void {
  const shown = reactionShown(tx);
  if (shown === 'TRUE') return;
  tx.sqlite
    .query(
      `DELETE FROM reactions WHERE message_id = ? AND emoji = ? AND user_id = ? AND NOT (${shown})`,
    )
    .run(message_id, emoji, user_id);
}
