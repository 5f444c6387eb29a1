// SQL that finds people by name: of the spaces that one shares with them.
import type { Db } from '../../db/open.ts';

/** So many accounts with a fitting name are looked at, whether one shares a space with them or not. */
const mostLookedAt = 2_000;

/** Above every text that begins with the prefix. */
const above = '\u{10FFFF}';

/** By the candidate's own spaces first: most people are in few. */
const shared = `EXISTS (SELECT 1 FROM members theirs CROSS JOIN members mine
    ON mine.space_id = theirs.space_id AND mine.user_id = ?1 WHERE theirs.user_id = found.id)`;

function search(column: string): string {
  return `SELECT found.id FROM (
      SELECT id, disabled, system FROM users
       WHERE ${column} >= ?2 AND ${column} < ?3 ORDER BY ${column} LIMIT ${mostLookedAt}) found
    WHERE found.id <> ?1 AND NOT found.disabled AND NOT found.system AND ${shared} LIMIT ?4`;
}

const byUsername = search('username');
const byDisplayName = search('lower(display_name)');

/** Ids of people one shares a space with, by the beginning of their username, then of their display name. */
export function peopleNamed(db: Db, reader_id: string, prefix: string, limit: number): string[] {
  const username = prefix.toLowerCase();
  // As SQLite does it, which knows no other letters.
  const display_name = prefix.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const query = (sql: string, from: string) =>
    db.sqlite
      .query<{ id: string }, [string, string, string, number]>(sql)
      .all(reader_id, from, from + above, limit)
      .map(({ id }) => id);
  const ids = new Set([...query(byUsername, username), ...query(byDisplayName, display_name)]);
  return [...ids].slice(0, limit);
}
