// SQL of what an account has written, wherever it is, for its export.
import type { Db } from '../../../db/open.ts';

/** A home of messages: a space, or null for all conversations. */
export type Home = string | null;

const most = 100;

/** Returns some of the spaces in which an account has written, behind `after` ("" for the beginning). */
export function spacesWrittenIn(db: Db, author_id: string, after: string): string[] {
  const next = (behind: string) =>
    `SELECT min(space_id) FROM shown_messages WHERE author_id = ?1 AND space_id > ${behind}`;
  return db.sqlite
    .rows(
      { id: 'text?' },
      `WITH RECURSIVE homes(id) AS (
         SELECT (${next('?2')}) UNION ALL
         SELECT (${next('homes.id')}) FROM homes WHERE id IS NOT NULL LIMIT ${most})
       SELECT id FROM homes WHERE id IS NOT NULL`,
    )
    .all(author_id, after)
    .flatMap(({ id }) => id ?? []);
}

/** Counts an account's messages in a home above `after`, up to `limit`; `last` is the last one counted. */
export function countSome(
  db: Db,
  author_id: string,
  home: Home,
  { after, limit }: { after: string; limit: number },
): { count: number; last: string } {
  const row = db.sqlite
    .rows(
      { count: 'number', last: 'text?' },
      `SELECT count(*) AS count, cast(max(n) AS text) AS last FROM (
         SELECT n FROM shown_messages
          WHERE author_id = ? AND space_id IS ? AND n > cast(? AS integer) ORDER BY n LIMIT ?)`,
    )
    .get(author_id, home, after, limit);
  return { count: row?.count ?? 0, last: row?.last ?? after };
}

/** Messages between two ids, so many at most. */
export interface Range {
  readonly above: string;
  readonly below: string;
  readonly limit: number;
}

/** Returns the newest messages of an account in a home, in a range. */
export function newestIn(
  db: Db,
  author_id: string,
  home: Home,
  { above, below, limit }: Range,
): string[] {
  return db.sqlite
    .rows(
      { id: 'text' },
      `SELECT id FROM shown_messages WHERE author_id = ? AND space_id IS ?
          AND n > cast(? AS integer) AND n < cast(? AS integer) ORDER BY n DESC LIMIT ?`,
    )
    .all(author_id, home, above, below, limit)
    .map(({ id }) => id);
}

/** Reads these messages, the newest first, but for those whose channel is gone. */
export function textsOf(db: Db, ids: readonly string[]) {
  return db.sqlite
    .rows(
      { id: 'text', channel_id: 'text', content: 'text', sent_at: 'number?' },
      `SELECT m.id AS id, m.channel_id AS channel_id, m.content AS content, m.sent_at AS sent_at
         FROM json_each(?) asked
         CROSS JOIN shown_messages m ON m.n = cast(asked.value AS integer)
         CROSS JOIN live_channels c ON c.id = m.channel_id ORDER BY m.n DESC`,
    )
    .all(JSON.stringify(ids));
}
