// Keeps the full-text index of messages up to date.
import type { Db, Tx } from '../../../db/open.ts';
import type { RowOf } from '../../../db/planned.ts';
import { normalizeForSearch } from '../../../lib/search-text.ts';

/** Words that no text can match, since they are in a column of their own. */
export const scopeToken = {
  channel: (id: string) => `c${id}`,
  author: (id: string) => `a${id}`,
  pinned: 'pinned',
  files: 'files',
};

const shape = {
  id: 'text',
  channel_id: 'text',
  author_id: 'text',
  title: 'text?',
  content: 'text',
  pinned_at: 'number?',
  files: 'number',
} as const;

function enter(tx: Tx, row: RowOf<typeof shape>): void {
  const scope = [scopeToken.channel(row.channel_id), scopeToken.author(row.author_id)];
  if (row.pinned_at !== null) scope.push(scopeToken.pinned);
  if (row.files === 1) scope.push(scopeToken.files);
  tx.sqlite
    .query('INSERT INTO message_search (rowid, content, scope) VALUES (cast(? AS integer), ?, ?)')
    .run(row.id, normalizeForSearch(`${row.title ?? ''}\n${row.content}`), scope.join(' '));
}

export function unindexMessages(tx: Tx, ids: readonly string[]): void {
  const remove = tx.sqlite.query('DELETE FROM message_search WHERE rowid = cast(? AS integer)');
  for (const id of ids) remove.run(id);
}

const indexed = `SELECT id, channel_id, author_id, title, content, pinned_at,
    EXISTS (SELECT 1 FROM attachments a WHERE a.message_id = shown_messages.id) AS files
  FROM shown_messages`;
/** The newest message in the index; newer ones wait to be added. */
const newest = '(SELECT coalesce(max(id), 0) FROM message_search_docsize)';

/** Indexes a changed message anew, unless it still waits to be added. */
export function reindexMessage(tx: Tx, id: string): void {
  const row = tx.sqlite
    .rows(shape, `${indexed} WHERE n = cast(? AS integer) AND n <= ${newest}`)
    .get(id);
  if (row === null) return;
  unindexMessages(tx, [id]);
  enter(tx, row);
}

/** Tells whether any message waits to be added. */
export function anyWaiting(db: Db): boolean {
  return db.sqlite.query(`SELECT 1 FROM shown_messages WHERE n > ${newest} LIMIT 1`).get() !== null;
}

/**
 * Adds the next waiting messages, at most `limit`. Sending does not do this itself, since each
 * transaction that touches the index adds a segment to it.
 */
export function indexWaiting(tx: Tx, limit: number): void {
  const rows = tx.sqlite
    .rows(shape, `${indexed} WHERE n > ${newest} ORDER BY n LIMIT ?`)
    .all(limit);
  for (const row of rows) enter(tx, row);
}
