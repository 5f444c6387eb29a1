// Keeping the search index: in slices, whatever the messages are made of, so that nobody waits for it.
import { expect, test } from 'bun:test';
import type { Patience, Turn } from '../../src/app.ts';
import { defaultsOf } from '../../src/db/derived.ts';
import { openDatabase, type Db, type Tx } from '../../src/db/open.ts';
import { messages } from '../../src/db/schema/messages.ts';
import { insertMessage } from '../../src/features/talk/messages/queries.ts';
import {
  anyWaiting,
  indexWaiting,
  mergeSlice,
  segmentsOf,
} from '../../src/features/talk/messages/search-index.ts';
import { indexAll, indexNow } from '../../src/features/talk/search/indexing.ts';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
import { Folder } from '../support/folder.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { world, type World } from '../support/world.ts';

const length = 4_000;

/** So many different characters from the given one on, each of them so often that the text is full. */
const characters = (first: number, count: number, between = '') =>
  Array.from({ length: length / (1 + between.length) }, (_, n) =>
    String.fromCodePoint(first + (n % count)),
  ).join(between);

/** The longest messages that may be sent, by what they are made of. */
const costly: Record<string, string> = {
  'marks on a letter': `a${'\u0301\u0323'.repeat(1_999)}`,
  'marks with joiners between them': `a${'\u0301\u200d\u0323\u2060'.repeat(999)}`,
  'Chinese without spaces': characters(0x4e00, 4_000),
  'rare Chinese without spaces': characters(0x20000, 4_000),
  'Thai without spaces': characters(0xe01, 46),
  'Korean words of one syllable': characters(0xac00, 2_000, ' '),
  'words of two letters': Array.from({ length: 1_333 }, (_, n) => n.toString(36)).join(' '),
  'characters that stand for eighteen': '\ufdfa'.repeat(length),
  'squared words': characters(0x3300, 80),
  emoji: characters(0x1f300, 200),
};

function emptyDatabase(): Tx {
  const db = openDatabase(':memory:', 'full') as Tx;
  db.sqlite.run('PRAGMA foreign_keys = OFF');
  return db;
}

interface Origin {
  space_id: string;
  channel_id: string;
  author_id: string;
}

/** Writes a message without a word to anybody. */
function insert(tx: Tx, id: string, content: string, of: Origin): void {
  insertMessage(tx, { ...defaultsOf(messages), id, content, ...of });
}

function fill(tx: Tx, count: number, contentOf: (n: number) => string): void {
  for (let n = 1; n <= count; n += 1)
    insert(tx, String(n), contentOf(n), { space_id: '1', channel_id: '2', author_id: '3' });
}

const indexed = (db: Db) =>
  Number(db.sqlite.query('SELECT count(*) FROM message_search_docsize').values()[0]?.[0]);

/** Enters a slice in a transaction of its own. */
function enterSlice(tx: Tx): boolean {
  tx.sqlite.run('BEGIN');
  const isMore = indexWaiting(tx);
  tx.sqlite.run('COMMIT');
  return isMore;
}

test.each(Object.entries(costly))('a slice takes few messages of %s', (_kind, content) => {
  const tx = emptyDatabase();
  fill(tx, 20, () => content);
  enterSlice(tx);
  expect(indexed(tx)).toBeWithin(1, 5);
  while (anyWaiting(tx)) enterSlice(tx);
  expect(indexed(tx)).toBe(20);
});

test('a slice takes many messages of a few words, and tells whether any are left', () => {
  const tx = emptyDatabase();
  fill(tx, 400, (n) => `hello world ${n}`);
  expect(enterSlice(tx)).toBe(true);
  expect(indexed(tx)).toBeWithin(100, 300);
  while (enterSlice(tx));
  expect(indexed(tx)).toBe(400);
  expect(anyWaiting(tx)).toBe(false);
});

test('no text of a message becomes a much longer one in the index', () => {
  for (const content of Object.values(costly)) {
    const tx = emptyDatabase();
    tx.sqlite.run("CREATE VIRTUAL TABLE words USING fts5vocab('message_search', 'instance')");
    fill(tx, 1, () => content);
    enterSlice(tx);
    const [[words]] = tx.sqlite
      .query("SELECT count(*) FROM words WHERE col = 'content'")
      .values() as [[number]];
    expect(words).toBeLessThanOrEqual(16_384);
  }
});

test('entering messages merges nothing, and merges come in slices until none is left', () => {
  const tx = emptyDatabase();
  // A slice for each.
  fill(tx, 100, (n) => characters(0x4e00 + n, 4_000));
  let slices = 0;
  do slices += 1;
  while (enterSlice(tx));
  expect(slices).toBe(100);
  expect(segmentsOf(tx)).toBe(100);
  let merges = 0;
  while (mergeSlice(tx)) merges += 1;
  expect(merges).toBeGreaterThan(10);
  expect(segmentsOf(tx)).toBeLessThan(16);
  expect(mergeSlice(tx)).toBe(false);
  const found = tx.sqlite.query(
    "SELECT rowid FROM message_search WHERE message_search MATCH 'scope:c2'",
  );
  expect(found.values()).toHaveLength(100);
});

test('the segments of the index are counted without reading all of it', () => {
  const tx = emptyDatabase();
  fill(tx, 30, (n) => characters(0x4e00 + n, 4_000));
  while (enterSlice(tx));
  const [[counted]] = tx.sqlite
    .query('SELECT count(DISTINCT segid) FROM message_search_idx')
    .values() as [[number]];
  expect(counted).toBe(30);
  expect(segmentsOf(tx)).toBe(counted);
});

const originIn = ({ space, general, owner }: World): Origin => ({
  space_id: space.id,
  channel_id: general.id,
  author_id: owner.id,
});

/** Has so many messages wait to be indexed. */
async function leaveWaiting(
  server: TestServer,
  count: number,
  contentOf: (n: number) => string,
): Promise<void> {
  const at = await world(server, 'olga', 'bob');
  await indexAll(server.app);
  await server.turn((turn) => {
    for (let n = 0; n < count; n += 1) insert(turn.tx, turn.id(), contentOf(n), originIn(at));
  });
}

/** Counts the turns that a server runs from now on. */
function countingTurns(server: TestServer): { count: number } {
  const turns = { count: 0 };
  const { write } = server.app;
  Object.assign(server.app, {
    write: (...given: Parameters<typeof write>) => {
      turns.count += 1;
      return write(...given);
    },
  });
  return turns;
}

test('many who search at once wait for the same slices', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  await leaveWaiting(server, 10, () => characters(0x4e00, 4_000));
  const turns = countingTurns(server);
  await Promise.all(Array.from({ length: 30 }, () => indexNow(server.app)));
  expect(anyWaiting(server.app.db)).toBe(false);
  expect(turns.count).toBe(10);
});

test('somebody who searches while much waits is answered without the newest', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const at = await world(server, 'olga', 'bob');
  await at.owner.says(at.general, 'first word');
  await indexAll(server.app);
  // Whenever a slice is added, another message waits.
  const { write } = server.app;
  let isEndless = true;
  Object.assign(server.app, {
    write: (run: (turn: Turn) => unknown, patience?: Patience) =>
      write<unknown>((turn) => {
        const value = run(turn);
        if (isEndless) insert(turn.tx, turn.id(), 'newer word', originIn(at));
        return value;
      }, patience),
  });
  await server.app.write(() => undefined);
  let isAnswered = false;
  const answer = at.bob
    .does('GET', `/spaces/${at.space.id}/messages/search?query=first`)
    .finally(() => {
      isAnswered = true;
    });
  const before = indexed(server.app.db);
  while (indexed(server.app.db) < before + 20) await Bun.sleep(1);
  expect(isAnswered).toBe(false);
  await clock.pass(600);
  expect(await answer).toMatchObject([{ content: 'first word' }]);
  isEndless = false;
  await indexAll(server.app);
  expect(anyWaiting(server.app.db)).toBe(false);
});

test('the log says when many messages are to be indexed, and when all are', async () => {
  using folder = new Folder();
  const clock = new FakeClock();
  const first = await startAgain(folder.settings, clock);
  const at = await world(first, 'olga');
  await first.app.write((turn) => {
    for (let n = 0; n < 1_100; n += 1) insert(turn.tx, turn.id(), `word ${n}`, originIn(at));
  });
  await first.stop();
  const second = await startAgain(folder.settings, clock);
  const told = () =>
    second.logged
      .map(({ message }) => message)
      .filter((message) => message.includes('search index'));
  const [begin] = told();
  expect(begin).toStartWith('many messages are not in the search index yet');
  while (told().length < 2) await clock.pass(1_000);
  expect(told()).toEqual([begin ?? '', 'all messages are in the search index']);
  expect(anyWaiting(second.app.db)).toBe(false);
  await second.stop();
  const third = await startAgain(folder.settings, clock);
  expect(third.logged.filter(({ message }) => message.includes('search index'))).toEqual([]);
  await third.stop();
});

test('a server that is never quiet merges as well, and a quiet one tidies up', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  await leaveWaiting(server, 150, (n) => characters(0x4e00 + n, 4_000));
  await indexAll(server.app);
  expect(segmentsOf(server.app.db)).toBeWithin(17, 80);
  await clock.pass(3_000);
  await indexAll(server.app);
  expect(segmentsOf(server.app.db)).toBeLessThan(33);
});
