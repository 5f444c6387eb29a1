// Keeps the full-text index of messages true: what each of them is found by.
import type { Tx } from '../../db/open.ts';
import { normalizeForSearch } from '../../lib/search-text.ts';

/** Words of the index that no text can hold, since each stands in a column of its own. */
export const scopeToken = {
  channel: (id: string) => `c${id}`,
  author: (id: string) => `a${id}`,
  pinned: 'pinned',
  files: 'files',
};

interface Indexed {
  id: string;
  channel_id: string;
  author_id: string;
  title: string | null;
  content: string;
  pinned_at: number | null;
}

/** Enters a message. */
export function indexMessage(tx: Tx, row: Indexed, hasFiles: boolean): void {
  const scope = [scopeToken.channel(row.channel_id), scopeToken.author(row.author_id)];
  if (row.pinned_at !== null) scope.push(scopeToken.pinned);
  if (hasFiles) scope.push(scopeToken.files);
  tx.sqlite
    .query('INSERT INTO message_search (rowid, content, scope) VALUES (cast(? AS integer), ?, ?)')
    .run(row.id, normalizeForSearch(`${row.title ?? ''}\n${row.content}`), scope.join(' '));
}

/** Takes messages out. */
export function unindexMessages(tx: Tx, ids: readonly string[]): void {
  const remove = tx.sqlite.query('DELETE FROM message_search WHERE rowid = cast(? AS integer)');
  for (const id of ids) remove.run(id);
}

const current = `SELECT id, channel_id, author_id, title, content, pinned_at,
    EXISTS (SELECT 1 FROM attachments a WHERE a.message_id = messages.id) AS files
  FROM messages WHERE n = cast(? AS integer)`;

/** Enters a message anew that has changed. */
export function reindexMessage(tx: Tx, id: string): void {
  const row = tx.sqlite.query<Indexed & { files: number }, [string]>(current).get(id);
  unindexMessages(tx, [id]);
  if (row !== null) indexMessage(tx, row, row.files === 1);
}
