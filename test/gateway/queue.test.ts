import { expect, test } from 'bun:test';
import { aNumber, type Frames } from '../../src/events/hub.ts';
import { eventFrame } from '../../src/events/event.ts';
import { Session } from '../../src/gateway/session.ts';
import { markMoved } from '../../src/gateway/store.ts';
import { whileCommitsFail } from '../support/batches.ts';
import type { Ears } from '../support/ears.ts';
import { dropped, refusal } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { quietly } from '../support/world.ts';

/** Sends frames to a session as the engine does when there are many. */
async function queue(
  server: TestServer,
  { ready }: Ears,
  frames: Frames,
  owed: boolean,
): Promise<void> {
  const { session_id } = ready;
  if (owed) {
    const moved = new Map([[session_id as string, { seq: server.app.seq(), owed }]]);
    await server.turn(({ tx }) => markMoved(tx, moved));
  }
  server.app.hub.listener(session_id)?.queue(frames, owed);
}

const frame = (n: number, size_bytes = 1) =>
  eventFrame('test.counted', null, JSON.stringify({ n, text: 'x'.repeat(size_bytes) }));

function* count(from: number, to: number, size_bytes?: number): Generator<string | null, void> {
  for (let n = from; n < to; n += 1) {
    yield frame(n, size_bytes);
    if (n % 10 === 0) yield null;
  }
}

const counted = ({ frames }: Ears) =>
  frames.flatMap(({ type, data }) => (type === 'test.counted' ? [data['n']] : []));

test('what waits is sent in order, one thing after the other', async () => {
  await using server = await startTest();
  const bob = await server.person('bob');
  const ears = await bob.listens(quietly);
  await queue(server, ears, count(0, 500, 2_000), true);
  await queue(server, ears, count(500, 1_000, 2_000), false);
  while (counted(ears).length < 1_000) await ears.hears('test.counted');
  expect(counted(ears)).toEqual([...Array.from({ length: 1_000 }).keys()]);
});

test('each frame is made when it can be sent, not before', async () => {
  await using server = await startTest();
  const bob = await server.person('bob');
  const ears = await bob.listens(quietly, { properties: { os: 'web' } });
  let made = 0;
  function* slowly(): Generator<string, void> {
    for (let n = 0; n < 20; n += 1) {
      made += 1;
      yield frame(n, 14_000);
    }
  }
  await queue(server, ears, slowly(), false);
  await ears.hears('test.counted');
  // A browser is sent 45 KiB and a part of a frame at a time.
  expect(made).toBeLessThan(20);
  while (counted(ears).length < 20) await ears.hears('test.counted');
});

test('a session that is owed something when it drops has to begin anew; else it goes on', async () => {
  await using server = await startTest();
  const bob = await server.person('bob');
  for (const owed of [true, false]) {
    const ears = await bob.listens(quietly, { properties: { os: 'web' } });
    await queue(server, ears, count(0, 100, 14_000), owed);
    await ears.hears('test.counted');
    const stand = await dropped(ears);
    if (owed) expect(await refusal(bob, stand)).toBe(4009);
    else await bob.resumes(stand.session_id, stand.seq);
  }
});

test('what cannot be made is given up; whoever is owed it is sent away to begin anew', async () => {
  await using server = await startTest();
  const bob = await server.person('bob');
  function* breaking(): Generator<string, void> {
    yield frame(0);
    throw new Error('it broke');
  }
  const ears = await bob.listens(quietly);
  await queue(server, ears, breaking(), false);
  await queue(server, ears, count(1, 5), false);
  while (counted(ears).length < 5) await ears.hears('test.counted');
  expect(ears.closed).toBeNull();
  await queue(server, ears, breaking(), true);
  expect(await ears.closes()).toBe(4009);
  const { session_id } = ears.ready;
  expect(await refusal(bob, { session_id, seq: ears.seq })).toBe(4009);
  expect(server.logged.filter(({ level }) => level === 'error')).toHaveLength(2);
});

/** A session without a server; what its socket is sent, and what its account has waiting. */
function alone() {
  const all = {
    sent: [] as string[],
    buffered_bytes: 0,
    asked: 0,
    due: [] as (() => void)[],
    /** How many frames each write to the socket held. */
    together: [] as number[],
  };
  const socket = {
    send: (text: string) => all.sent.push(text),
    getBufferedAmount: () => all.buffered_bytes,
    subscribe() {},
    unsubscribe() {},
    terminate() {},
    close() {},
    cork(run: () => void) {
      const before = all.sent.length;
      run();
      all.together.push(all.sent.length - before);
    },
  };
  const owing = { number: () => void (all.asked += 1), settle() {} };
  const ids = { id: '1', user_id: '2', token_hash: '', expires_at: null, mask: 0, os: 'web' };
  const pace = (_user_id: string, run: () => void) => void all.due.push(run);
  return Object.assign(all, { session: new Session({ ...ids, socket, owing, failed() {}, pace }) });
}

test('what a session is given is made when it is its account’s turn, not while many are given some', () => {
  const all = alone();
  let made = 0;
  function* frames(): Generator<string, void> {
    made += 1;
    yield `${made}`;
  }
  all.session.queue(frames(), true);
  all.session.queue(frames(), false);
  expect([made, all.sent, all.due.length]).toEqual([0, [], 1]);
  all.due.shift()?.();
  expect([made, all.sent, all.due.length]).toEqual([2, ['1', '2'], 0]);
});

test('what comes after the number is sent at once, so that no later event overtakes it', () => {
  const all = alone();
  const large = 'x'.repeat(30_000);
  function* frames(): Generator<string | typeof aNumber, void, number> {
    yield 'before';
    const seq = yield aNumber;
    yield* [large, large, `last ${seq}`];
  }
  all.session.queue(frames(), true);
  all.due.shift()?.();
  expect(all.asked).toBe(1);
  // Live events have filled the socket while the number was given.
  all.buffered_bytes = 200 * 1024;
  all.session.numbered(7);
  expect(all.sent).toEqual(['before', large, large, 'last 7']);
  expect(all.session.waiting).toBe(0);
});

test('a session whose number cannot be given is closed, and begins anew', async () => {
  await using server = await startTest();
  const bob = await server.person('bob');
  const ears = await bob.listens(quietly);
  function* frames(): Generator<string | typeof aNumber, void, number> {
    yield frame(1);
    const seq = yield aNumber;
    yield frame(seq);
  }
  const code = await whileCommitsFail(server, () => {
    server.app.hub.listener(ears.ready['session_id'])?.queue(frames(), true);
    return ears.closes();
  });
  expect(code).toBe(4009);
});

test('what is sent in one slice is written to the socket together', () => {
  const here = alone();
  here.session.queue(count(0, 9), false);
  for (const run of here.due.splice(0)) run();
  // Each pause for other work ends a slice.
  for (const run of here.due.splice(0)) run();
  expect(here.sent).toHaveLength(9);
  expect(here.together).toEqual([1, 8]);
});
