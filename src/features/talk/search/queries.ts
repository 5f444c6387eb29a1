// SQL for searching messages: the newest matches, from the full-text index.
import type { Db } from '../../../db/open.ts';
import {
  compareSnowflakes,
  epoch_ms,
  firstSnowflakeAt,
  lastSnowflakeBefore,
} from '../../../lib/snowflake.ts';
import type { Bound } from './schema.ts';
import { endOfTime } from '../messages/hidden.ts';
import type { WordSearch } from '../../../lib/search-text.ts';
import { scopeToken } from '../messages/search-index.ts';

/** Which messages to look at: both bounds of ids, and of times, are exclusive. */
export interface Range {
  above: string;
  below: string;
  /** Unix milliseconds. */
  after_ms: number;
  before_ms: number;
}

export interface Search {
  /** The words to look for, if any are given. */
  words: WordSearch | undefined;
  /** FTS terms that a message must match, besides its words and its channel. */
  expression: string[];
  /** FTS terms that it must not match. */
  exclusion: string[];
  space_id: string;
  /** Ids of the channels to search; messages of other channels are never found. */
  channels: readonly string[];
  /** Ids of the other channels of the space. */
  others: readonly string[];
  range: Range;
  limit: number;
  offset: number;
}

/**
 * Returns the range between two bounds. No message was written after the time in its id, but it may
 * have been written long before, so that the ids of messages before a time have to be looked for.
 */
export function rangeOf(db: Db, after: Bound | undefined, before: Bound | undefined): Range {
  const range = { above: '0', below: endOfTime, after_ms: 0, before_ms: Number.MAX_SAFE_INTEGER };
  if (after && 'id' in after) range.above = after.id;
  else if (after) {
    range.after_ms = after.at_ms;
    range.above = lastSnowflakeBefore(after.at_ms + 1);
  }
  if (before && 'id' in before) range.below = before.id;
  else if (before) {
    range.before_ms = before.at_ms;
    range.below = firstSnowflakeAt(before.at_ms);
    const ahead = newestAhead(db, before.at_ms, range.below);
    if (ahead !== null) range.below = next(ahead);
  }
  return range;
}

/**
 * The newest message that was written before a time although its id is above `from_id`. The sign
 * keeps SQLite from walking through all newer messages: an index holds the few that have such a time.
 */
function newestAhead(db: Db, before_ms: number, from_id: string): string | null {
  return (
    db.sqlite
      .rows(
        { id: 'text?' },
        `SELECT cast(max(+n) AS text) AS id FROM shown_messages
          WHERE sent_at < ? AND n >= cast(? AS integer)`,
      )
      .get(before_ms, from_id)?.id ?? null
  );
}

const next = (id: string) => (BigInt(id) + 1n).toString();

/** Above so many channels a query names the space instead: it looks up each token in each segment. */
const few = 32;

/** The maximum number of channels in one query; with more it would take too long. */
const batch = 250;

/** Ordered as the index is: any other order would sort all matches. */
const found = `SELECT m.id AS id
  FROM message_search s CROSS JOIN shown_messages m ON m.n = s.rowid
 WHERE s.message_search MATCH ?1
   AND s.rowid < cast(?2 AS integer) AND s.rowid > cast(?3 AS integer)
   AND coalesce(m.sent_at, (m.n >> 22) + ${epoch_ms}) < ?6
   AND coalesce(m.sent_at, (m.n >> 22) + ${epoch_ms}) > ?7
   AND m.channel_id IN (SELECT value FROM json_each(?8))
 ORDER BY s.rowid DESC LIMIT ?4 OFFSET ?5`;

/** The ids of at most `limit` messages, newest first. */
export function searchMessages(db: Db, search: Search): string[] {
  return newestOf(db, search) ?? allOf(db, search);
}

/** So many of the newest messages that may match are looked at: mostly the first few are enough. */
const looks = [64, 192];

/** Up to so many tokens are asked for before what matches is looked at one by one. */
const several = 2 * few;

const candidates = `SELECT cast(rowid AS text) AS id FROM message_search
  WHERE message_search MATCH ?1 AND rowid < cast(?2 AS integer) AND rowid > cast(?3 AS integer)
  ORDER BY rowid DESC LIMIT ?4`;

const fitting = `SELECT m.id AS id, coalesce(m.title, '') || char(10) || m.content AS text
  FROM json_each(?1) given CROSS JOIN shown_messages m ON m.n = cast(given.value AS integer)
 WHERE coalesce(m.sent_at, (m.n >> 22) + ${epoch_ms}) < ?2
   AND coalesce(m.sent_at, (m.n >> 22) + ${epoch_ms}) > ?3
   AND m.channel_id IN (SELECT value FROM json_each(?4))
 ORDER BY m.n DESC`;

/**
 * Looks at the newest messages that may match, in any channel of the space, which costs the same whatever
 * there is. Returns null if they are not enough: then what is looked for is so rare among them that the
 * index, asked for exactly that, gathers little.
 */
function newestOf(db: Db, search: Search): string[] | null {
  const { words, space_id, range, limit, offset } = search;
  const channels = JSON.stringify(search.channels);
  const terms = words === undefined ? [] : [words.wide];
  const whole = { in: [scopeToken.space(space_id)], notIn: [] };
  const [exact = whole, ...more] = scopesFor(search);
  const isSmall = more.length === 0 && exact.in.length + exact.notIn.length <= several;
  const ask = db.sqlite.rows({ id: 'text' }, candidates);
  const look = db.sqlite.rows({ id: 'text', text: 'text' }, fitting);
  const ids: string[] = [];
  let { below } = range;
  for (const [turn, count] of looks.entries()) {
    const scope = (turn > 0 || search.channels.length === 1) && isSmall ? exact : whole;
    const match = matchFor(search, terms, scope);
    const asked = ask.all(match, below, range.above, count).map(({ id }) => id);
    const seen = look.all(JSON.stringify(asked), range.before_ms, range.after_ms, channels);
    for (const { id, text } of seen) {
      if (ids.length >= offset + limit) break;
      if (words?.fits(text) ?? true) ids.push(id);
    }
    if (ids.length >= offset + limit || asked.length < count) {
      return ids.slice(offset, offset + limit);
    }
    below = asked.at(-1) ?? below;
  }
  return null;
}

function allOf(db: Db, search: Search): string[] {
  const { words, range, limit, offset } = search;
  const { above, below, before_ms, after_ms } = range;
  const query = db.sqlite.rows({ id: 'text' }, found);
  const channels = JSON.stringify(search.channels);
  const ask = (scope: Scope, max: number, skipped: number) => {
    const terms = words === undefined ? [] : [words.expression];
    const match = matchFor(search, terms, scope);
    const rows = query.all(match, below, above, max, skipped, before_ms, after_ms, channels);
    return rows.map(({ id }) => id);
  };
  const [scope, ...more] = scopesFor(search);
  if (scope === undefined) return [];
  if (more.length === 0) return ask(scope, limit, offset);
  const ids = [scope, ...more].flatMap((one) => ask(one, offset + limit, 0));
  return ids.toSorted((a, b) => compareSnowflakes(b, a)).slice(offset, offset + limit);
}

/** Tokens of the scope of a message: one of these, and none of those. */
interface Scope {
  in: readonly string[];
  notIn: readonly string[];
}

/**
 * The scopes to ask for, together all channels of the search: with as few tokens as there are. Where
 * a scope is wider, what is found in other channels is left out afterwards.
 */
function scopesFor({ space_id, channels, others }: Search): Scope[] {
  const tokens = channels.map(scopeToken.channel);
  if (tokens.length > few && others.length < Math.min(tokens.length, batch)) {
    return [{ in: [scopeToken.space(space_id)], notIn: others.map(scopeToken.channel) }];
  }
  const scopes: Scope[] = [];
  for (let start = 0; start < tokens.length; start += batch) {
    scopes.push({ in: tokens.slice(start, start + batch), notIn: [] });
  }
  return scopes;
}

const scopeTerm = (tokens: readonly string[]) => `scope:(${tokens.join(' OR ')})`;

function matchFor(
  { expression, exclusion }: Search,
  words: readonly string[],
  scope: Scope,
): string {
  const wanted = [...words, ...expression, scopeTerm(scope.in)].join(' AND ');
  const unwanted = [...exclusion, ...(scope.notIn.length === 0 ? [] : [scopeTerm(scope.notIn)])];
  return unwanted.length === 0 ? wanted : `(${wanted}) NOT (${unwanted.join(' OR ')})`;
}
