// The REST surface of searching messages.
import { z } from 'zod';
import { viewablePlaces } from '../../../access/place.ts';
import { channelReader, spaceReader } from '../../../access/reading.ts';
import { ApiError } from '../../../errors.ts';
import type { Actor } from '../../../access/tokens.ts';
import type { App } from '../../../app.ts';
import { endpoint, type Page } from '../../../http/endpoint.ts';
import { wordSearch } from '../../../lib/search-text.ts';
import { compareSnowflakes } from '../../../lib/snowflake.ts';
import { writtenPage } from '../messages/written.ts';
import { Message } from '../messages/schema.ts';
import { scopeToken } from '../messages/search-index.ts';
import { indexNow } from './indexing.ts';
import { rangeOf, searchMessages } from './queries.ts';
import { SearchQuery } from './schema.ts';

/** Builds the terms for the index; null if the query's text has no words in it. */
function conditions(query: SearchQuery) {
  const expression: string[] = [];
  const exclusion: string[] = [];
  const words = query.query === undefined ? undefined : wordSearch(query.query);
  if (words === null) return null;
  if (query.author_id !== undefined) {
    expression.push(`scope:${scopeToken.author(query.author_id)}`);
  }
  for (const [wanted, token] of [
    [query.pinned, scopeToken.pinned],
    [query.has_attachment, scopeToken.files],
  ] as const) {
    if (wanted !== undefined) (wanted ? expression : exclusion).push(`scope:${token}`);
  }
  return { words, expression, exclusion };
}

interface Searched {
  app: App;
  /** The reader's account; null if there is none. */
  actor: Actor | null;
  query: SearchQuery;
  space_id: string;
  /** Ids of the channels to search, and of the others of the space. */
  channels: readonly string[];
  others: readonly string[];
}

/** Returns a page of what matches, newest first. */
function pageOfMatches({ app, actor, query, ...where }: Searched): Page<Message[]> {
  const { cursor, before, after, limit, offset } = query;
  const asked = conditions(query);
  if (asked === null) return { items: [], cursor: null };
  const range = rangeOf(app.db, after, before);
  if (cursor !== undefined)
    range.below = [cursor, range.below].toSorted(compareSnowflakes)[0] ?? cursor;
  const ids = searchMessages(app.db, { ...asked, ...where, range, limit: limit + 1, offset });
  const shown = ids.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: writtenPage(app, shown, actor?.id ?? null),
    cursor: last === undefined ? null : { after: last, has_more: ids.length > limit },
  };
}

export const searchMessagesRoute = endpoint({
  method: 'GET',
  path: '/spaces/:space_id/messages/search',
  summary: 'Find messages of a space in the channels that one may read, newest first',
  access: spaceReader,
  query: SearchQuery,
  returns: z.array(Message),
  form: 'page',
  // So that messages sent a moment ago are found.
  prepare: ({ app }) => indexNow(app),
  run({ app, space, actor, viewer, query }) {
    const channels = viewablePlaces(app, viewer, space)
      .filter(({ channel }) => query.channel_id === undefined || channel.id === query.channel_id)
      .filter(({ can }) => can('read_history'))
      .map(({ channel }) => channel.id);
    if (channels.length === 0) {
      throw new ApiError('forbidden', 'There is no channel here whose messages you may read.');
    }
    const searched = new Set(channels);
    const others = [...space.channels.keys()].filter((id) => !searched.has(id));
    return pageOfMatches({ app, actor, query, space_id: space.id, channels, others });
  },
});

export const searchChannelRoute = endpoint({
  method: 'GET',
  path: '/channels/:channel_id/messages/search',
  summary: 'Find messages of one channel or conversation, newest first',
  hint: '`channel_id` in the query is passed over.',
  access: channelReader,
  query: SearchQuery,
  returns: z.array(Message),
  form: 'page',
  prepare: ({ app }) => indexNow(app),
  run({ app, channel, actor, query }) {
    const space_id = channel.space_id ?? '';
    return pageOfMatches({ app, actor, query, space_id, channels: [channel.id], others: [] });
  },
});
