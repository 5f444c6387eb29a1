// SQL that finds people by name, among friends and in the spaces that the reader shares with them.
import type { Db } from '../../../db/open.ts';
import { foldName } from '../../../lib/name-text.ts';

/** The maximum number of accounts with a matching name that are checked for a shared space or a friendship. */
const maxLookedAt = 2_000;

/** Appended to a prefix, it sorts after every text that begins with the prefix. */
const above = '\u{10FFFF}';

/** Goes through the candidate's spaces first: most accounts are in few. */
const known = `(EXISTS (SELECT 1 FROM relationships r
    WHERE r.user_id = ?1 AND r.target_id = found.id AND r.type = 1)
  OR EXISTS (SELECT 1 FROM members theirs CROSS JOIN members mine
    ON mine.space_id = theirs.space_id AND mine.user_id = ?1 WHERE theirs.user_id = found.id))`;

/** Returns the SQL of a search by name; `is_exact`: the name equals the query. */
function search(column: string): string {
  return `SELECT found.id, found.name = ?2 AS is_exact FROM (
      SELECT id, disabled, system, ${column} AS name FROM users
       WHERE ${column} >= ?2 AND ${column} < ?3 ORDER BY ${column} LIMIT ${maxLookedAt}) found
    WHERE found.id <> ?1 AND NOT found.disabled AND NOT found.system AND ${known} LIMIT ?4`;
}

const byUsername = search('username');
const byDisplayName = search('folded_name');

/**
 * Returns ids of friends, and of accounts that share a space with the reader: first those with exactly this display
 * name, then those whose username begins with it, then those whose display name does.
 */
export function peopleNamed(db: Db, reader_id: string, prefix: string, limit: number): string[] {
  const query = (sql: string, from: string) =>
    db.sqlite
      .rows({ id: 'text', is_exact: 'number' }, sql)
      .all(reader_id, from, from + above, limit);
  const wanted = foldName(prefix);
  if (wanted === '') return [];
  const displayed = query(byDisplayName, wanted);
  const ids = [
    ...displayed.filter(({ is_exact }) => is_exact === 1),
    ...query(byUsername, wanted),
    ...displayed,
  ].map(({ id }) => id);
  return [...new Set(ids)].slice(0, limit);
}
