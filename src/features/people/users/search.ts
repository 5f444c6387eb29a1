// SQL that finds people by name: of the spaces that one shares with them.
import type { Db } from '../../../db/open.ts';
import { foldName } from './queries.ts';

/** So many accounts with a fitting name are looked at, whether one shares a space with them or not. */
const maxLookedAt = 2_000;

/** Above every text that begins with the prefix. */
const above = '\u{10FFFF}';

/** By the candidate's own spaces first: most people are in few. */
const shared = `EXISTS (SELECT 1 FROM members theirs CROSS JOIN members mine
    ON mine.space_id = theirs.space_id AND mine.user_id = ?1 WHERE theirs.user_id = found.id)`;

/** `is_exact`: whether the name is the one that was typed, and does not only begin with it. */
function search(column: string): string {
  return `SELECT found.id, found.name = ?2 AS is_exact FROM (
      SELECT id, disabled, system, ${column} AS name FROM users
       WHERE ${column} >= ?2 AND ${column} < ?3 ORDER BY ${column} LIMIT ${maxLookedAt}) found
    WHERE found.id <> ?1 AND NOT found.disabled AND NOT found.system AND ${shared} LIMIT ?4`;
}

const byUsername = search('username');
const byDisplayName = search('folded_name');

/**
 * Ids of people one shares a space with: of that display name, then by the beginning of their
 * username, then of their display name.
 */
export function peopleNamed(db: Db, reader_id: string, prefix: string, limit: number): string[] {
  const query = (sql: string, from: string) =>
    db.sqlite
      .rows({ id: 'text', is_exact: 'number' }, sql)
      .all(reader_id, from, from + above, limit);
  const displayed = query(byDisplayName, foldName(prefix));
  const ids = [
    ...displayed.filter(({ is_exact }) => is_exact === 1),
    ...query(byUsername, prefix.toLowerCase()),
    ...displayed,
  ].map(({ id }) => id);
  return [...new Set(ids)].slice(0, limit);
}
