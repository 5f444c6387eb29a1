import { expect, test } from 'bun:test';
import { failureRule, HandshakeLimit } from '../../src/gateway/handshake-limit.ts';
import { FakeClock } from '../support/clock.ts';
import { Ears } from '../support/ears.ts';
import type { Person } from '../support/person.ts';
import { dropped } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { quietly } from '../support/world.ts';

/** Sends IDENTIFY or RESUME; returns the ops that came, and the close code if it was closed. */
async function tried(server: TestServer, op: number, data: object) {
  const ears = await Ears.open(server.gateway);
  ears.send(op, data);
  const ready = ears.frame(({ type }) => type === 'ready' || type === 'resumed', 'an answer');
  const code = await Promise.race([ears.closes(), ready.then(() => null)]).catch(() => ears.closed);
  await ready.catch(() => null);
  return { ears, code, ops: ears.frames.map((frame) => frame.op) };
}

const identified = (person: Person) =>
  tried(person.server, 2, { token: person.authorization, intents: quietly });

test('who begins sessions too often is closed with 4008, without op 7, and nobody else is', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings: { MAX_SESSIONS_PER_ACCOUNT: '12' } });
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  // Twice as often as it may have sessions.
  for (let n = 0; n < 24; n += 1) expect((await identified(anna)).code).toBeNull();
  expect(await identified(anna)).toMatchObject({ code: 4008, ops: [5] });
  expect((await identified(bob)).code).toBeNull();
  await clock.pass(2_000);
  expect((await identified(anna)).code).toBeNull();
  expect((await identified(anna)).code).toBe(4008);
});

test('who resumes too often is closed with 4008, without op 7, and can resume in a moment', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings: { MAX_SESSIONS_PER_ACCOUNT: '1' } });
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  const stand = await dropped(await anna.listens(quietly));
  const bobs = await dropped(await bob.listens(quietly));
  const resumed = (person: Person, { session_id, seq }: typeof stand) =>
    tried(server, 3, { token: person.authorization, session_id, seq });
  for (let n = 0; n < 20; n += 1) expect((await resumed(anna, stand)).code).toBeNull();
  expect(await resumed(anna, stand)).toMatchObject({ code: 4008, ops: [5] });
  expect((await resumed(bob, bobs)).code).toBeNull();
  await clock.pass(2_000);
  expect((await resumed(anna, stand)).code).toBeNull();
});

test('an address that tries many tokens is refused without op 7; a valid token still works', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const anna = await server.person('anna');
  const wrong = { token: `Bearer ${'0'.repeat(64)}`, intents: [], session_id: '1' };
  for (let n = 0; n < failureRule.capacity; n += 1) {
    const { code, ops } = await tried(server, n % 2 === 0 ? 2 : 3, wrong);
    expect([code, ...ops]).toEqual([4004, 5, 7]);
  }
  for (const op of [2, 3]) {
    expect(await tried(server, op, wrong)).toMatchObject({ code: 4008, ops: [5] });
  }
  expect((await identified(anna)).code).toBeNull();
  // What is long is not even looked at there, for a moment.
  const long = { token: anna.authorization, intents: quietly, properties: 'x'.repeat(5_000) };
  expect(await tried(server, 2, long)).toMatchObject({ code: 4008, ops: [5] });
  await clock.pass(5_000);
  expect((await tried(server, 2, long)).code).toBeNull();
});

test('the addresses of one IPv6 network fail together; others do not suffer', () => {
  const limit = new HandshakeLimit(1);
  for (let n = 0; n < failureRule.capacity; n += 1) {
    expect(limit.fails(`2001:db8:0:1::${n.toString(16)}`, 0)).toBe(true);
  }
  expect(limit.distrusts('2001:db8:0:1::1', 0)).toBe(false);
  expect(limit.fails('2001:db8:0:1:ffff::1', 0)).toBe(false);
  expect(limit.distrusts('2001:db8:0:1::1', 0)).toBe(true);
  expect(limit.distrusts('2001:db8:0:2::1', 0)).toBe(false);
  expect(limit.fails('2001:db8:0:2::1', 0)).toBe(true);
});
