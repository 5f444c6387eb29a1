// Searching many channels: whatever the number of those that one may read and may not, the same is found.
import { expect, test } from 'bun:test';
import { defaultsOf } from '../../src/db/derived.ts';
import { openDatabase, type Tx } from '../../src/db/open.ts';
import { messages } from '../../src/db/schema/messages.ts';
import { insertMessage } from '../../src/features/talk/messages/queries.ts';
import { anyWaiting, indexWaiting } from '../../src/features/talk/messages/search-index.ts';
import { rangeOf, searchMessages } from '../../src/features/talk/search/queries.ts';

const channelCount = 400;
const channels = Array.from({ length: channelCount }, (_, n) => String(10_000 + n));

/** Messages of all channels in turn, and of a channel elsewhere, in the index. */
function filled(): Tx {
  const db = openDatabase(':memory:', 'full') as Tx;
  db.sqlite.run('PRAGMA foreign_keys = OFF');
  const insert = (n: number, space_id: string, channel_id: string) => {
    const content = n % 2 === 0 ? 'even word' : 'odd word';
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
    const parts = { expression: ['content:word'], exclusion: ['scope:files'], space_id: '7' };
    searchMessages(db, { ...parts, channels: mine, others, range, limit: 5, offset: 0 });
    return asked.map((text) => text.match(/\b[cs]\d+/g)?.length);
  };
  expect(tokensFor(32)).toEqual([32]);
  expect(tokensFor(400)).toEqual([1]);
  expect(tokensFor(380)).toEqual([21]);
  expect(tokensFor(201)).toEqual([200]);
  expect(tokensFor(200)).toEqual([200]);
});
