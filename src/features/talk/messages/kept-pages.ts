// Answers pages of messages. The newest page of a channel or thread is kept as it goes out, until something in the channel changes.
import { z } from 'zod';
import type { AnyChannel } from '../../../access/evaluate.ts';
import type { App } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { KeptAnswer, type Page, type WrittenList } from '../../../http/endpoint.ts';
import { long_length, writtenPageOf } from '../../../http/envelope.ts';
import { keptOf, type KeptPage, type MessagePage } from './kept.ts';
import { messagePage } from './pages.ts';
import { Message, type MessagesQuery } from './schema.ts';
import { ownEmojis, pageAndReacted } from './written.ts';

/** About what is kept of a page beside its text, in bytes. */
const beside_bytes = 3_000;
/** The same where somebody sees the same as all others. */
const shared_bytes = 200;

interface Asked {
  readonly channel: AnyChannel;
  readonly query: MessagesQuery;
  /** Null for guests. */
  readonly reader_id: string | null;
}

/** Returns the page that a query asks for, as the reader sees it; throws 404 if it names no thread of the channel. */
export function answerPage(app: App, asked: Asked): Page<Message[]> | KeptAnswer {
  const common = isOfNewest(asked.query) ? commonPage(app, asked) : null;
  if (common === null) return written(app, find(app, asked), asked.reader_id);
  const { answer } = ownPage(app, asked, common);
  if (app.strict) refuseOutdated(app, asked, answer);
  return answer;
}

/** Tells whether a query asks for the newest messages of a channel or thread, and for nothing else. */
function isOfNewest({ before, after, around, order, top_level }: MessagesQuery): boolean {
  return (before ?? after ?? around ?? order) === undefined && top_level !== true;
}

function find(app: App, { channel, query }: Asked): MessagePage {
  const page = messagePage(app.db, channel, query);
  if (page !== null) return page;
  throw new ApiError('not_found', 'There is no such thread (unknown_message).');
}

function written(app: App, { ids, cursor, has_more }: MessagePage, reader_id: string | null) {
  const { list, reacted } = pageAndReacted(app, ids, reader_id);
  return { items: list, cursor: cursor === null ? null : { after: cursor, has_more }, reacted };
}

const keyOf = ({ thread_id, limit }: MessagesQuery) => `${thread_id ?? ''} ${limit}`;

/** Returns the page as those see it who have not reacted to any message of it; null if it is too long to be kept. */
function commonPage(app: App, asked: Asked): KeptPage | null {
  const { pages } = keptOf(app.db, app.address.origin);
  const key = keyOf(asked.query);
  const kept = pages.get(asked.channel.id, key);
  if (kept !== undefined) return kept;
  const found = find(app, asked);
  const { items, reacted, cursor } = written(app, found, null);
  if (items.length >= long_length) return null;
  const answer = answerOf(app, items, cursor);
  const page = { found, reacted, answer, bytes: items.length + beside_bytes };
  pages.set(asked.channel.id, key, page);
  return page;
}

/** Returns the page as the reader sees it, with the reader's own reactions marked. */
function ownPage(app: App, { channel, query, reader_id }: Asked, common: KeptPage): KeptPage {
  if (reader_id === null || common.reacted.length === 0) return common;
  const { pages } = keptOf(app.db, app.address.origin);
  const key = `${keyOf(query)} ${reader_id}`;
  const kept = pages.get(channel.id, key);
  if (kept !== undefined) return kept;
  let page = { ...common, bytes: shared_bytes };
  if (ownEmojis(app.db, common.reacted, reader_id).size > 0) {
    const { items, cursor } = written(app, common.found, reader_id);
    page = { ...page, answer: answerOf(app, items, cursor), bytes: common.bytes };
  }
  pages.set(channel.id, key, page);
  return page;
}

/** In tests: the texts of kept answers. */
const texts = new WeakMap<KeptAnswer, string>();

function answerOf(app: App, items: WrittenList, cursor: Page<Message[]>['cursor']): KeptAnswer {
  const text = writtenPageOf(items, cursor);
  const answer = new KeptAnswer(text);
  if (app.strict) texts.set(answer, String(text));
  return answer;
}

/** In tests: throws if a kept answer differs from what the rows say, or from its schema. */
function refuseOutdated(app: App, asked: Asked, answer: KeptAnswer): void {
  const { items, cursor } = written(app, find(app, asked), asked.reader_id);
  z.array(Message).parse(JSON.parse(`[${items.texts.join(',')}]`));
  if (String(writtenPageOf(items, cursor)) === texts.get(answer)) return;
  throw new Error(`the kept page of channel ${asked.channel.id} is outdated`);
}
