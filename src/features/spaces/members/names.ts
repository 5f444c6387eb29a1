// The index of members' names: finds members of a space by any part of a name, or by its beginning.
import type { Turn } from '../../../app.ts';
import { spacesOf } from '../../../access/hearing.ts';
import type { Db, Tx } from '../../../db/open.ts';
import { beginningsOf, foldName, piecesOf, piecesThatFind } from '../../../lib/name-text.ts';
import { clearLater } from '../../base/clearing/rows.ts';

/*
  member_names   one row for each membership: `n`, and its names as they are looked up
  member_search  FTS5 with the pieces of these names, by `n`; each piece is a word that begins with
                 the space, so that the words of one space lie together and no other is read
 */

/** What is between the names of a member: no name has it. */
const between = '\n';

interface Names {
  username: string;
  display_name: string | null;
  nickname: string | null;
}

/** Username, nickname and display name as they are looked up, in this order. */
function folded({ username, nickname, display_name }: Names): string {
  return [username, nickname ?? '', display_name ?? ''].map(foldName).join(between);
}

const plain = /[^a-z0-9]/gu;
/** Writes a piece so that it is one word of the index. */
const spelled = (piece: string) =>
  piece.replace(plain, (one) => `_${one.codePointAt(0)?.toString(36)}_`);
const prefixOf = (space_id: string) => `${BigInt(space_id).toString(36)}x`;
const pieceWord = (space_id: string, piece: string) => prefixOf(space_id) + spelled(piece);
const beginningWord = (space_id: string, piece: string) =>
  `${prefixOf(space_id)}__${spelled(piece)}`;

/** Returns the words of a membership in the index. */
function wordsOf(space_id: string, names: string): string {
  const [username = '', nickname = '', display_name = ''] = names.split(between);
  const pieces = [username, nickname, display_name].flatMap((name) => [...piecesOf(name)]);
  const beginnings = [username, nickname].flatMap(beginningsOf);
  const words = new Set([
    ...pieces.map((piece) => pieceWord(space_id, piece)),
    ...beginnings.map((piece) => beginningWord(space_id, piece)),
  ]);
  return [...words].join(' ');
}

const namesOf = `SELECT u.username AS username, u.display_name AS display_name,
       m.nickname AS nickname, k.n AS n, k.names AS known
  FROM members m JOIN users u ON u.id = m.user_id
  LEFT JOIN member_names k ON k.space_id = m.space_id AND k.user_id = m.user_id
 WHERE m.space_id = ? AND m.user_id = ?`;

/** Brings the index up to date with the names of a member; false if it is already. */
export function indexNames(tx: Tx, space_id: string, user_id: string): boolean {
  const row = tx.sqlite
    .rows(
      {
        username: 'text',
        display_name: 'text?',
        nickname: 'text?',
        n: 'number?',
        known: 'text?',
      },
      namesOf,
    )
    .get(space_id, user_id);
  if (row === null) return false;
  const names = folded(row);
  if (row.known === names) return false;
  const kept = tx.sqlite
    .rows(
      { n: 'number' },
      `INSERT INTO member_names (space_id, user_id, names) VALUES (?, ?, ?)
       ON CONFLICT (space_id, user_id) DO UPDATE SET names = excluded.names RETURNING n`,
    )
    .get(space_id, user_id, names);
  if (kept === null) throw new Error('the names of a member were not written');
  tx.sqlite
    .query('INSERT OR REPLACE INTO member_search (rowid, words) VALUES (?, ?)')
    .run(kept.n, wordsOf(space_id, names));
  return true;
}

/** Takes a member who leaves out of the index. */
export function unindexNames(tx: Tx, space_id: string, user_id: string): void {
  const gone = tx.sqlite
    .rows(
      { n: 'number' },
      'DELETE FROM member_names WHERE space_id = ? AND user_id = ? RETURNING n',
    )
    .all(space_id, user_id);
  for (const { n } of gone) unindex(tx, n);
}

function unindex(tx: Tx, n: number): void {
  tx.sqlite.query('DELETE FROM member_search WHERE rowid = ?').run(n);
}

/** Has no search find an account that is deleted, in any space, until it is taken out of them. */
export function hideNames(tx: Tx, user_id: string): void {
  tx.sqlite
    .query(
      `UPDATE member_names SET names = '' WHERE (space_id, user_id) IN (
         SELECT space_id, user_id FROM members WHERE user_id = ?)`,
    )
    .run(user_id);
}

const slice = 200;

/** Takes a slice of the members of a deleted space out of the index; true if none were left. */
export function clearNames({ tx }: Turn, space_id: string): boolean {
  const gone = tx.sqlite
    .rows(
      { n: 'number' },
      `DELETE FROM member_names
        WHERE n IN (SELECT n FROM member_names WHERE space_id = ? LIMIT ?) RETURNING n`,
    )
    .all(space_id, slice);
  for (const { n } of gone) unindex(tx, n);
  return gone.length === 0;
}

/** In so many spaces an account is renamed in one turn. */
const sliceSpaces = 20;

/** Brings the index up to date with an account's name, in many spaces also in later turns. */
export function renameEverywhere({ tx }: Turn, user_id: string): void {
  let left = sliceSpaces;
  for (const space_id of spacesOf(tx, user_id)) {
    if (left === 0) return clearLater(tx, 'renamed', user_id);
    if (indexNames(tx, space_id, user_id)) left -= 1;
  }
}

/** Each takes about a tenth of a millisecond. */
const sliceOlder = 25;

/** Adds a slice of the memberships from before there was an index; `after`: "" or "space user". */
export function indexOlder({ tx }: Turn, after: string): void {
  const [after_space = '', after_user = ''] = after.split(' ');
  const rows = tx.sqlite
    .rows(
      { space_id: 'text', user_id: 'text' },
      `SELECT space_id, user_id FROM members WHERE (space_id, user_id) > (?, ?)
        ORDER BY space_id, user_id LIMIT ?`,
    )
    .all(after_space, after_user, sliceOlder);
  for (const { space_id, user_id } of rows) indexNames(tx, space_id, user_id);
  const last = rows.at(-1);
  if (last) clearLater(tx, 'unindexed', `${last.space_id} ${last.user_id}`);
}

const candidates = `SELECT k.n AS n, k.user_id AS user_id, k.names AS names
  FROM member_search s CROSS JOIN member_names k ON k.n = s.rowid
 WHERE s.member_search MATCH ?1 AND s.rowid > ?2 ORDER BY s.rowid LIMIT ?3`;

const page = 100;
/** A search ends after so many names that have the pieces of the query, but not in a row. */
const maxCompared = 2_000;

/** Yields pages of ids of members whose names fit, in the order in which they came into the index. */
function* find(
  db: Db,
  words: readonly string[],
  fits: (names: readonly string[]) => boolean,
): Generator<string[], void> {
  const match = words.map((word) => `"${word}"`).join(' ');
  const query = db.sqlite.rows({ n: 'number', user_id: 'text', names: 'text' }, candidates);
  for (let [after, missed] = [0, 0]; missed < maxCompared;) {
    const rows = query.all(match, after, page);
    const found = rows.filter(({ names }) => fits(names.split(between)));
    yield found.map(({ user_id }) => user_id);
    missed += rows.length - found.length;
    after = rows.at(-1)?.n ?? 0;
    if (rows.length < page) return;
  }
}

/** Returns ids of members with `part` in their username, nickname or display name. */
export function membersWith(db: Db, space_id: string, part: string, limit: number): string[] {
  const wanted = foldName(part);
  if (wanted === '') return [];
  const words = piecesThatFind(wanted).map((piece) => pieceWord(space_id, piece));
  const found: string[] = [];
  for (const some of find(db, words, (names) => names.some((name) => name.includes(wanted)))) {
    found.push(...some);
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}

/** Yields pages of ids of members whose username or nickname begins with `beginning`. */
export function* membersBeginning(
  db: Db,
  space_id: string,
  beginning: string,
): Generator<string[], void> {
  const wanted = foldName(beginning);
  const first = beginningsOf(wanted).at(-1);
  if (first === undefined) return;
  const words = [
    beginningWord(space_id, first),
    ...piecesThatFind(wanted).map((piece) => pieceWord(space_id, piece)),
  ];
  yield* find(
    db,
    words,
    ([username = '', nickname = '']) => username.startsWith(wanted) || nickname.startsWith(wanted),
  );
}
