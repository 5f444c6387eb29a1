// A database that cannot be written: whoever writes is told when to come again, nobody else waits.
import { Database } from 'bun:sqlite';
import { expect, spyOn, test } from 'bun:test';
import { join } from 'node:path';
import { FakeClock } from '../support/clock.ts';
import { Ears } from '../support/ears.ts';
import { Folder } from '../support/folder.ts';
import type { Person } from '../support/person.ts';
import { dropped } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { quietly, world } from '../support/world.ts';

/** Another program that holds the write lock of the database until it is disposed of. */
function lockOf(folder: Folder): Disposable {
  const other = new Database(join(folder.path, 'accord.db'));
  other.run('BEGIN IMMEDIATE');
  return {
    [Symbol.dispose]() {
      other.run('ROLLBACK');
      other.close();
    },
  };
}

type Begin = (server: TestServer, folder: Folder) => Disposable;

function pragma(on: (server: TestServer) => string, off: string): Begin {
  return ({ app }) => {
    app.db.sqlite.run(on({ app } as TestServer));
    return { [Symbol.dispose]: () => app.db.sqlite.run(off) };
  };
}

const outages: readonly (readonly [name: string, health: string, begin: Begin])[] = [
  ['locked by another program', 'database locked', (_server, folder) => lockOf(folder)],
  [
    'on a full disk',
    'database full',
    pragma(({ app }) => {
      const row = app.db.sqlite.query<{ page_count: number }, []>('PRAGMA page_count').get();
      return `PRAGMA max_page_count = ${row?.page_count}`;
    }, 'PRAGMA max_page_count = 1000000000'),
  ],
  [
    'that may not be written',
    'database read-only',
    pragma(() => 'PRAGMA query_only = ON', 'PRAGMA query_only = OFF'),
  ],
];

/** Lets time pass until a call is answered: what waits, waits on that clock. */
async function inTime<T>(clock: FakeClock, call: Promise<T>): Promise<T> {
  let isOver = false;
  const done = call.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await clock.pass(500);
    await Bun.sleep(10);
  }
  return done;
}

const large = (n: number) => `${n} ${'much to keep '.repeat(280)}`;

/** Writes until the database takes no more; answers the first refusal. */
async function refused(clock: FakeClock, person: Person, channel: string) {
  for (let n = 0; n < 200; n += 1) {
    const body = { content: large(n) };
    const reply = await inTime(clock, person.call('POST', `/channels/${channel}/messages`, body));
    if (reply.status !== 200) return reply;
  }
  throw new Error('everything was taken');
}

async function untilWritable(server: TestServer, clock: FakeClock): Promise<void> {
  for (let n = 0; n < 500 && server.app.trouble() !== null; n += 1) {
    await clock.pass(500);
    await Bun.sleep(10);
  }
}

test.each(outages)(
  'a database %s: 503 and when to come again, reading goes on',
  async (_name, says, begin) => {
    using folder = new Folder();
    const clock = new FakeClock();
    await using server = await startTest({ settings: folder.settings, clock });
    const { owner, bob, general } = await world(server, 'olga', 'bob');
    await owner.says(general, 'before');
    const bobs = await bob.listens(quietly);
    const health = async () => {
      const { status, body } = await server.call('GET', '//health');
      return [status, body];
    };
    {
      using outage = begin(server, folder);
      void outage;
      const reply = await refused(clock, owner, general.id);
      expect([reply.status, reply.code]).toEqual([503, 'unavailable']);
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await health()).toEqual([503, says]);
      const { status, data } = await bob.call('GET', `/channels/${general.id}/messages?limit=1`);
      expect([status, data.length]).toEqual([200, 1]);
      await bobs.settled();
    }
    await untilWritable(server, clock);
    expect(await health()).toEqual([200, 'ok']);
    const kept = await owner.does('GET', `/channels/${general.id}/messages?limit=100`);
    await owner.says(general, 'after');
    await bobs.hears('message.create', (data) => data['content'] === 'after');
    // Whoever was told that it was kept finds it, and nobody heard of what was not.
    const heard = bobs.frames.filter(({ type }) => type === 'message.create');
    expect(heard.map(({ data }) => data['id']).slice(0, -1)).toEqual(
      kept
        .map(({ id }: { id: string }) => id)
        .toReversed()
        .slice(1),
    );
  },
);

test('a search goes on while the database is locked, without the newest messages', async () => {
  using folder = new Folder();
  const clock = new FakeClock();
  await using server = await startTest({ settings: folder.settings, clock });
  const { owner, space, general } = await world(server, 'olga');
  await owner.says(general, 'found early');
  const path = `/spaces/${space.id}/messages/search?query=found`;
  expect(await owner.does('GET', path)).toMatchObject([{ content: 'found early' }]);
  await owner.says(general, 'found late');
  {
    using lock = lockOf(folder);
    void lock;
    const { status, data } = await inTime(clock, owner.call('GET', path));
    expect([status, data.length]).toEqual([200, 1]);
  }
  await untilWritable(server, clock);
  expect(await owner.does('GET', path)).toHaveLength(2);
});

test('an outage is one line in the log, however many are refused, and one when it is over', async () => {
  using folder = new Folder();
  const clock = new FakeClock();
  await using server = await startTest({ settings: folder.settings, clock });
  const { owner, general } = await world(server, 'olga');
  {
    using lock = lockOf(folder);
    void lock;
    const calls = Array.from({ length: 8 }, (_, n) =>
      owner.call('POST', `/channels/${general.id}/messages`, { content: `${n}` }),
    );
    const replies = await inTime(clock, Promise.all(calls));
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 503));
  }
  await untilWritable(server, clock);
  const lines = server.logged.filter(({ message }) => /database can/.test(message));
  expect(lines.map(({ level, message }) => [level, message])).toEqual([
    ['error', 'the database cannot be written: another program holds its lock'],
    ['notice', 'the database can be written again'],
  ]);
  expect(lines[1]?.fields['refused']).toBeGreaterThanOrEqual(8);
});

test('a lock that is short makes nobody fail', async () => {
  using folder = new Folder();
  await using server = await startTest({ settings: folder.settings, clock: new FakeClock() });
  const { owner, general } = await world(server, 'olga');
  const lock = lockOf(folder);
  const saying = owner.says(general, 'it waits');
  await Bun.sleep(150);
  lock[Symbol.dispose]();
  const { id } = await saying;
  expect(await owner.does('GET', `/channels/${general.id}/messages/${id}`)).toMatchObject({
    content: 'it waits',
  });
});

test.each(['IDENTIFY', 'RESUME'])(
  '%s waits while the database is locked; heartbeats are answered',
  async (way) => {
    using folder = new Folder();
    const clock = new FakeClock();
    await using server = await startTest({ settings: folder.settings, clock });
    const { owner, bob, general } = await world(server, 'olga', 'bob');
    const stand = await dropped(await bob.listens(quietly));
    await owner.says(general, 'missed');
    const ears = await Ears.open(server.gateway);
    const { authorization: token } = bob;
    {
      using lock = lockOf(folder);
      void lock;
      if (way === 'IDENTIFY') ears.send(2, { token, intents: quietly });
      else ears.send(3, { token, ...stand });
      for (let n = 0; n < 10; n += 1) {
        await clock.pass(2_000);
        await Bun.sleep(10);
        await ears.settled();
      }
      expect([
        ears.closed,
        ears.frames.some(({ op, type }) => op === 7 || type !== undefined),
      ]).toEqual([null, false]);
    }
    await clock.pass(1_500);
    await ears.hears(way === 'IDENTIFY' ? 'ready' : 'resumed');
  },
);

test('a RESUME that has waited for long is closed with 1013, and can be tried again', async () => {
  using folder = new Folder();
  const clock = new FakeClock();
  await using server = await startTest({ settings: folder.settings, clock });
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  const stand = await dropped(await bob.listens(quietly));
  await owner.says(general, 'missed');
  {
    using lock = lockOf(folder);
    void lock;
    const ears = await Ears.open(server.gateway);
    ears.send(3, { token: bob.authorization, ...stand });
    await ears.settled();
    await clock.pass(31_000);
    expect(await ears.closes()).toBe(1013);
    expect(ears.frames.some(({ op }) => op === 7)).toBe(false);
  }
  const { missed } = await bob.resumes(stand.session_id, stand.seq);
  expect(missed.map(({ data }) => data['content'])).toEqual(['missed']);
});

test('who drops while the database is locked is known to have dropped afterwards', async () => {
  using folder = new Folder();
  const clock = new FakeClock();
  await using server = await startTest({ settings: folder.settings, clock });
  const { bob } = await world(server, 'olga', 'bob');
  const ears = await bob.listens(quietly);
  const { session_id } = ears.ready;
  const dropped_at = () =>
    server.app.db.sqlite
      .query<{ dropped_at: number | null }, [string]>(
        'SELECT dropped_at FROM gateway_sessions WHERE id = ?',
      )
      .get(session_id)?.dropped_at;
  {
    using lock = lockOf(folder);
    void lock;
    ears.drop();
    await ears.closes();
    await clock.pass(60_000);
    expect(dropped_at()).toBeNull();
  }
  for (let n = 0; n < 200 && dropped_at() === null; n += 1) await Bun.sleep(10);
  expect(dropped_at()).toBeNumber();
});

test('a lock of a moment delays a write by that moment, and is no outage', async () => {
  using folder = new Folder();
  await using server = await startTest({ settings: folder.settings });
  const { owner, general } = await world(server, 'olga');
  const lock = lockOf(folder);
  const during = owner.says(general, 'while it is locked');
  await Bun.sleep(100);
  expect(server.app.trouble()).toBeNull();
  lock[Symbol.dispose]();
  await during;
  // A server that still waits for the end of an outage would look again after a pause, not at once.
  const timers = spyOn(globalThis, 'setTimeout');
  for (let n = 0; n < 4; n += 1) await owner.says(general, `afterwards ${n}`);
  const pauses = timers.mock.calls.map(([, delay_ms]) => delay_ms);
  timers.mockRestore();
  expect(pauses.filter((one) => one === 20 || one === 1_000)).toEqual([]);
});
