// SQL for searching messages: the newest matches, from the full-text index.
import type { Db } from '../../../db/open.ts';
import { compareSnowflakes } from '../../../lib/snowflake.ts';
import { endOfTime } from '../messages/hidden.ts';

export interface Search {
  /** FTS terms that a message must match, besides its channel. */
  expression: string[];
  /** FTS terms that it must not match. */
  exclusion: string[];
  /** Tokens of the channels to search; messages of other channels are never found. */
  channels: readonly string[];
  /** The smallest id, inclusive; null for no bound. */
  from: string | null;
  /** The upper bound of ids, exclusive; null for no bound. */
  below: string | null;
  limit: number;
  offset: number;
}

/** The maximum number of channels in one query; with more it would take too long. */
const batch = 250;

/** Ordered as the index is: any other order would sort all matches. */
const found = `SELECT m.id AS id
  FROM message_search s CROSS JOIN shown_messages m ON m.n = s.rowid
 WHERE s.message_search MATCH ?1
   AND s.rowid < cast(?2 AS integer) AND s.rowid >= cast(?3 AS integer)
 ORDER BY s.rowid DESC LIMIT ?4 OFFSET ?5`;

/** The ids of at most `limit` messages, newest first. */
export function searchMessages(db: Db, search: Search): string[] {
  const { channels, from, below, limit, offset } = search;
  const query = db.sqlite.rows({ id: 'text' }, found);
  const ask = (some: readonly string[], max: number, skipped: number) =>
    query
      .all(expressionFor(search, some), below ?? endOfTime, from ?? '0', max, skipped)
      .map(({ id }) => id);
  if (channels.length <= batch) return ask(channels, limit, offset);
  const ids: string[] = [];
  for (let start = 0; start < channels.length; start += batch) {
    ids.push(...ask(channels.slice(start, start + batch), offset + limit, 0));
  }
  return ids.toSorted((a, b) => compareSnowflakes(b, a)).slice(offset, offset + limit);
}

function expressionFor({ expression, exclusion }: Search, channels: readonly string[]): string {
  const wanted = [...expression, `scope:(${channels.join(' OR ')})`].join(' AND ');
  return exclusion.length === 0 ? wanted : `(${wanted}) NOT (${exclusion.join(' OR ')})`;
}
