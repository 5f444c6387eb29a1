// Keeps the full-text index of messages up to date.
import type { Db, Tx } from '../../../db/open.ts';
import type { RowOf } from '../../../db/planned.ts';
import { tombstone } from '../../../db/schema/messages.ts';
import { encryptedPrefix } from './schema.ts';
import { normalizeForSearch } from '../../../lib/search-text.ts';

/** Words that no text can match, since they are in a column of their own. */
export const scopeToken = {
  space: (id: string) => `s${id}`,
  channel: (id: string) => `c${id}`,
  author: (id: string) => `a${id}`,
  pinned: 'pinned',
  files: 'files',
};

const shape = {
  id: 'text',
  channel_id: 'text',
  space_id: 'text?',
  author_id: 'text',
  title: 'text?',
  content: 'text',
  pinned_at: 'number?',
  files: 'number',
} as const;

const textOf = ({ title, content }: RowOf<typeof shape>) =>
  normalizeForSearch(`${title ?? ''}\n${content}`);

function enter(tx: Tx, row: RowOf<typeof shape>, text = textOf(row)): void {
  const scope = [scopeToken.channel(row.channel_id), scopeToken.author(row.author_id)];
  if (row.space_id !== null) scope.push(scopeToken.space(row.space_id));
  if (row.pinned_at !== null) scope.push(scopeToken.pinned);
  if (row.files === 1) scope.push(scopeToken.files);
  tx.sqlite
    .query('INSERT INTO message_search (rowid, content, scope) VALUES (cast(? AS integer), ?, ?)')
    .run(row.id, text, scope.join(' '));
}

export function unindexMessages(tx: Tx, ids: readonly string[]): void {
  const remove = tx.sqlite.query('DELETE FROM message_search WHERE rowid = cast(? AS integer)');
  for (const id of ids) remove.run(id);
}

/** Encrypted texts are not found by their words, which are none; all others see through their row. */
const isReadable = `(space_id IS NOT NULL OR content NOT GLOB '${encryptedPrefix}*')`;
const indexed = `SELECT id, channel_id, space_id, author_id, iif(${isReadable}, title, NULL) AS title,
    iif(${isReadable}, content, '') AS content, pinned_at,
    EXISTS (SELECT 1 FROM attachments a WHERE a.message_id = shown_messages.id) AS files
  FROM shown_messages`;
/** A tombstone has nothing to be found by; none waits for long, since its answers are newer. */
const isSearched = `type <> '${tombstone}'`;
/** The newest message in the index; newer ones wait to be added. */
const newest = '(SELECT coalesce(max(id), 0) FROM message_search_docsize)';

/** Indexes a changed message anew, unless it still waits to be added. */
export function reindexMessage(tx: Tx, id: string): void {
  const row = tx.sqlite
    .rows(shape, `${indexed} WHERE n = cast(? AS integer) AND n <= ${newest} AND ${isSearched}`)
    .get(id);
  if (row === null) return;
  unindexMessages(tx, [id]);
  enter(tx, row);
}

/** Tells whether any message waits to be added. */
export function anyWaiting(db: Db): boolean {
  return db.sqlite.query(`SELECT 1 FROM shown_messages WHERE n > ${newest} LIMIT 1`).get() !== null;
}

/** So many messages wait only after an upgrade, or after a crash in a flood. */
const farBehind = 1_000;

/** Tells whether so many messages wait that searches miss some for a while. */
export function manyWaiting(db: Db): boolean {
  return (
    db.sqlite
      .query(`SELECT 1 FROM shown_messages WHERE n > ${newest} LIMIT 1 OFFSET ?`)
      .get(farBehind) !== null
  );
}

/**
 * What a slice may cost, in UTF-16 code units of the texts: about two milliseconds for common words,
 * four if every character is a word of its own.
 */
const maxSlice = 16_000;
/** What a message costs besides its text. */
const costOfMessage = 60;
/** So many messages are read at a time. */
const atATime = 16;

/**
 * Adds the next waiting messages: at least one, and as many as may cost a slice. Returns false if none
 * is left. Sending does not do this itself, since each transaction that touches the index adds a
 * segment to it.
 */
export function indexWaiting(tx: Tx): boolean {
  const next = tx.sqlite.rows(
    shape,
    `${indexed} WHERE n > ${newest} AND ${isSearched} ORDER BY n LIMIT ${atATime}`,
  );
  let cost = 0;
  /** By how much the last text grew in the index: spaces around each character double it. */
  let growth = 1;
  for (;;) {
    const rows = next.all();
    for (const row of rows) {
      const isFirst = cost === 0;
      if (!isFirst && cost + growth * row.content.length > maxSlice) return true;
      const text = textOf(row);
      // A long text may come out short, and a short one long.
      growth = Math.max(1, text.length / Math.max(1, row.content.length));
      cost += costOfMessage + Math.max(row.content.length, text.length);
      if (cost > maxSlice && !isFirst) return true;
      enter(tx, row, text);
    }
    if (rows.length < atATime) return false;
  }
}

/**
 * The number of segments of the index. A search looks into each of them. Goes from one to the next:
 * counting would read a row for each page of the index.
 */
export function segmentsOf(db: Db): number {
  const row = db.sqlite
    .rows(
      { n: 'number' },
      `WITH RECURSIVE each(id) AS (
         SELECT min(segid) FROM message_search_idx UNION ALL
         SELECT (SELECT min(segid) FROM message_search_idx WHERE segid > each.id) FROM each
          WHERE each.id IS NOT NULL)
       SELECT count(id) AS n FROM each`,
    )
    .get();
  return row?.n ?? 0;
}

/** So many pages of the index are written in a slice: about three milliseconds. */
const pagesInSlice = 32;

/** Merges segments of one size, a slice; returns false if there was nothing left to merge. */
export function mergeSlice(tx: Tx): boolean {
  const changes = tx.sqlite.rows({ n: 'number' }, 'SELECT total_changes() AS n');
  const before = changes.get()?.n ?? 0;
  tx.sqlite
    .query(`INSERT INTO message_search (message_search, rank) VALUES ('merge', ${pagesInSlice})`)
    .run();
  // How SQLite's manual has one tell a merge that did something: the statement itself counts as one.
  return (changes.get()?.n ?? 0) - before >= 2;
}
