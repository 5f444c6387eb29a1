// No number of an event comes again, also after a restore, and whatever the clock says meanwhile.
import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase, type Tx } from '../../src/db/open.ts';
import { beginNumbers, isSkipped, keepSeq, newestKept } from '../../src/events/numbers.ts';
import { FakeClock } from '../support/clock.ts';
import { Folder } from '../support/folder.ts';
import { Person } from '../support/person.ts';
import { refusal, standOf } from '../support/resuming.ts';
import { startAgain } from '../support/again.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { quietly, world } from '../support/world.ts';

const noon = Date.parse('2026-06-01T12:00:00Z');

function fresh(): Tx {
  return openDatabase(':memory:', 'full') as Tx;
}

test('a start begins at the microseconds of its clock, and above all that it finds', () => {
  const db = fresh();
  expect(beginNumbers(db, noon)).toBe(noon * 1000);
  keepSeq(db, noon * 1000 + 5);
  const later = beginNumbers(db, noon + 60_000);
  expect(later).toBe((noon + 60_000) * 1000);
  expect(newestKept(db)).toBe(later);
  // The clock was set back.
  const behind = beginNumbers(db, noon - 3_600_000);
  expect(behind).toBeGreaterThan(later);
});

test('a start that is killed while it finds its first number leaves nothing of it', () => {
  const db = fresh();
  beginNumbers(db, noon);
  keepSeq(db, noon * 1000 + 10);
  const { sqlite } = db;
  const query = sqlite.query.bind(sqlite);
  sqlite.query = (text: string) => {
    if (text.startsWith('UPDATE sqlite_sequence')) throw new Error('killed');
    return query(text);
  };
  expect(() => beginNumbers(db, noon + 100_000)).toThrow('killed');
  sqlite.query = query;
  // The clock was set back meanwhile.
  const first = beginNumbers(db, noon + 50_000);
  expect(isSkipped(db, first + 5)).toBe(false);
});

test('numbers stay below 2^53, however far ahead the clock is', () => {
  const db = fresh();
  const first = beginNumbers(db, noon);
  for (const year of ['2200', '9999', '+200000']) {
    const year_ms = Date.parse(`${year}-01-01T00:00:00Z`);
    const next = beginNumbers(db, year_ms);
    expect(next).toBeGreaterThan(first);
    expect(Number.isSafeInteger(next + 1_000_000_000_000)).toBe(true);
  }
});

test('what no start has given is known, for each of many starts', () => {
  const db = fresh();
  const runs = Array.from({ length: 5 }, (_, n) => {
    const first = beginNumbers(db, noon + n * 60_000);
    keepSeq(db, first + 10);
    return { first, last: first + 10 };
  });
  for (const [n, { first, last }] of runs.entries()) {
    expect([first, first + 1, last].map((seq) => isSkipped(db, seq))).toEqual([
      false,
      false,
      false,
    ]);
    const next = runs[n + 1];
    if (next === undefined) continue;
    const between = [last + 1, Math.floor((last + next.first) / 2), next.first - 1];
    expect(between.map((seq) => isSkipped(db, seq))).toEqual([true, true, true]);
  }
});

test('who holds the number with which a start began is not refused by the next ones', () => {
  const db = fresh();
  const firsts = Array.from({ length: 5 }, (_, n) => beginNumbers(db, noon + n * 1000));
  for (const first of firsts) expect(isSkipped(db, first)).toBe(false);
  for (const first of firsts.slice(1)) expect(isSkipped(db, first - 1)).toBe(true);
});

test('so many starts are remembered, and not all there ever were', () => {
  const db = fresh();
  for (let n = 0; n < 10_050; n += 1) beginNumbers(db, noon + n);
  expect(db.sqlite.query('SELECT count(*) AS n FROM event_starts').get()).toEqual({ n: 10_000 });
});

/** Copies what the database holds now, the log beside it included. */
function copyOf(path: string, to: string): void {
  const sqlite = new Database(path);
  sqlite.run('VACUUM INTO ?', [to]);
  sqlite.close();
}

/** The same person, on a server that was started again. */
function again(server: TestServer, { id, name, token }: Person): Person {
  return new Person(server, { id, name, token });
}

test.each([
  ['after the clock has gone on', 60_000],
  ['within a moment', 5],
  ['with the clock an hour behind', -3_600_000],
])('a number of a time that a restore took back is refused, %s', async (_name, step_ms) => {
  using folder = new Folder();
  const clock = new FakeClock();
  const path = join(folder.path, 'accord.db');
  const backup = join(folder.path, 'backup.db');
  const stands = [];
  const authors = [];
  {
    await using server = await startTest({ settings: folder.settings, clock });
    const { owner, bob, general } = await world(server, 'olga', 'bob');
    const early = await bob.listens(quietly);
    const late = await bob.listens(quietly);
    const before = await bob.listens(quietly);
    await owner.says(general, 'in the backup');
    for (const ears of [early, late, before]) await ears.hears('message.create');
    stands.push(standOf(before));
    copyOf(path, backup);
    for (let n = 0; n < 8; n += 1) await owner.says(general, `taken back ${n}`);
    await early.hears('message.create', (data) => data['content'] === 'taken back 7');
    stands.push(standOf(early), standOf(late));
    authors.push({ owner, bob, general });
  }
  const [one] = authors;
  const [kept, early, late] = stands;
  if (!one || !kept || !early || !late) throw new Error('nobody');
  for (const end of ['-wal', '-shm'])
    await Bun.file(path + end)
      .delete()
      .catch(() => {});
  renameSync(backup, path);
  clock.step(step_ms);
  const server = await startAgain(folder.settings, clock);
  const owner = again(server, one.owner);
  const bob = again(server, one.bob);
  expect(await refusal(bob, early)).toBe(4007);
  for (let n = 0; n < 12; n += 1) await owner.says(one.general, `told anew ${n}`);
  expect(await refusal(bob, late)).toBe(4007);
  const { missed } = await bob.resumes(kept.session_id, kept.seq);
  expect(missed.filter(({ type }) => type === 'message.create')).toHaveLength(12);
  await server.stop();
});
