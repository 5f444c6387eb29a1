// Searching many channels: whatever the number of those that one may read and may not, the same is found.
import { expect, test } from 'bun:test';
import { defaultsOf } from '../../src/db/derived.ts';
import { openDatabase, type Tx } from '../../src/db/open.ts';
import { messages } from '../../src/db/schema/messages.ts';
import { insertMessage } from '../../src/features/talk/messages/queries.ts';
import { anyWaiting, indexWaiting } from '../../src/features/talk/messages/search-index.ts';
import { wordSearch } from '../../src/lib/search-text.ts';
import { rangeOf, searchMessages } from '../../src/features/talk/search/queries.ts';

const channelCount = 400;
const channels = Array.from({ length: channelCount }, (_, n) => String(10_000 + n));

/** Messages of all channels in turn, and of a channel elsewhere, in the index. */
function filled(): Tx {
  const db = openDatabase(':memory:', 'full') as Tx;
  db.sqlite.run('PRAGMA foreign_keys = OFF');
  const insert = (n: number, space_id: string, channel_id: string) => {
    const content = n % 100 === 0 ? 'even word, evenly' : n % 2 === 0 ? 'even word' : 'odd word';
    const row = { ...defaultsOf(messages), id: String(n), author_id: '1' };
    insertMessage(db, { ...row, space_id, channel_id, content });
  };
  for (let n = 1; n <= 2_000; n += 1) insert(n, '7', channels[n % channelCount] ?? '');
  // Of a channel that is deleted, but not cleared yet, and of another space.
  for (let n = 2_001; n <= 2_100; n += 1) insert(n, '7', '99999');
  for (let n = 2_101; n <= 2_200; n += 1) insert(n, '8', '88888');
  while (anyWaiting(db)) indexWaiting(db);
  return db;
}

test('a search finds what is in its channels alone, with any number of them and of others', () => {
  const db = filled();
  const range = rangeOf(db, undefined, undefined);
  for (const count of [1, 32, 33, 150, 200, 201, 399, 400]) {
    const [mine, others] = [channels.slice(0, count), channels.slice(count)];
    const found = (limit: number, offset: number) =>
      searchMessages(db, {
        words: undefined,
        expression: ['content:even'],
        exclusion: [],
        space_id: '7',
        channels: mine,
        others,
        range,
        limit,
        offset,
      });
    const wanted: string[] = [];
    for (let n = 2_000; n > 0; n -= 1) {
      if (n % 2 === 0 && n % channelCount < count) wanted.push(String(n));
    }
    expect(found(5_000, 0)).toEqual(wanted);
    expect(found(3, 2)).toEqual(wanted.slice(2, 5));
  }
});

test('the beginning of a word is found, be it the newest ones or all of them', () => {
  const db = filled();
  const range = rangeOf(db, undefined, undefined);
  const where = { space_id: '7', channels, others: [], range };
  const found = (query: string, limit: number, offset: number) => {
    const words = wordSearch(query) ?? undefined;
    return searchMessages(db, { words, expression: [], exclusion: [], ...where, limit, offset });
  };
  const wanted = (every: number) =>
    Array.from({ length: 2_000 / every }, (_, index) => String(2_000 - index * every));
  for (const query of ['evenl', 'word evenl', 'Evenly']) {
    expect(found(query, 2, 0)).toEqual(wanted(100).slice(0, 2));
    expect(found(query, 30, 0)).toEqual(wanted(100));
    expect(found(query, 5, 3)).toEqual(wanted(100).slice(3, 8));
  }
  expect(found('eve', 500, 20)).toEqual(wanted(2).slice(20, 520));
  expect(found('even', 5, 0)).toEqual(wanted(2).slice(0, 5));
  expect(found('evenx', 5, 0)).toEqual([]);
});

test('a search of many channels asks for few tokens, at most for the smaller of those that one may read and may not', () => {
  const db = filled();
  const range = rangeOf(db, undefined, undefined);
  const asked: string[] = [];
  const { rows } = db.sqlite;
  db.sqlite.rows = (shape, text) => {
    const query = rows.call(db.sqlite, shape, text);
    return {
      get: (...bound: (string | number | null)[]) => query.get(...bound),
      all: (...bound: (string | number | null)[]) => {
        if (text.includes('MATCH')) asked.push(String(bound[0]));
        return query.all(...bound);
      },
    } as never;
  };
  const tokensFor = (count: number) => {
    asked.length = 0;
    const [mine, others] = [channels.slice(0, count), channels.slice(count)];
    const parts = {
      words: undefined,
      expression: ['content:word'],
      exclusion: ['scope:files'],
      space_id: '7',
    };
    searchMessages(db, { ...parts, channels: mine, others, range, limit: 5, offset: 0 });
    return asked.map((text) => text.match(/\b[cs]\d+/g)?.length);
  };
  expect(tokensFor(32)).toEqual([1, 32]);
  expect(tokensFor(400)).toEqual([1, 1]);
  expect(tokensFor(380)).toEqual([1, 21]);
  expect(tokensFor(201)).toEqual([1, 1, 200]);
  expect(tokensFor(200)).toEqual([1, 1, 200]);
});
