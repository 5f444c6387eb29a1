import { expect, test } from 'bun:test';
import { issueToken } from '../../src/features/doors/auth/actions.ts';
import { revokeTokens, hashToken } from '../../src/access/tokens.ts';
import { FakeClock } from '../support/clock.ts';
import { Ears } from '../support/ears.ts';
import { Person } from '../support/person.ts';
import { dropped, refusal, standOf } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { world } from '../support/world.ts';

const intents = ['messages', 'presences'];

/** The same account with a token of its own. */
async function secondToken(server: TestServer, { id, name }: Person): Promise<Person> {
  const token = await server.turn((turn) => issueToken(turn, id));
  return new Person(server, { id, name, token });
}

test('a logout closes the sockets of that token at once with 4004, and no others', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  const other = await secondToken(server, bob);
  const [one, two] = [await bob.listens(intents), await bob.listens(intents)];
  const stays = await other.listens(intents);
  await bob.does('POST', '/auth/logout');
  expect(await one.closes()).toBe(4004);
  expect(await two.closes()).toBe(4004);
  await owner.says(general, 'hello');
  await stays.hears('message.create');
  expect(one.frames.some(({ type }) => type === 'message.create')).toBe(false);
  expect(await refusal(bob, standOf(one))).toBe(4004);
  expect(await refusal(other, standOf(one))).toBe(4009);
});

test('a logout ends what is parked under that token, and its presence', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, bob } = await world(server, 'olga', 'bob');
  const other = await secondToken(server, bob);
  const owners = await owner.listens(intents);
  const stand = await dropped(await bob.listens(intents));
  await owners.unread();
  await clock.pass(2_000);
  await bob.does('POST', '/auth/logout');
  const [gone] = await owners.hearsExactly('presence.update');
  expect(gone?.data).toMatchObject({ user_id: bob.id, status: 'offline' });
  expect(await refusal(other, stand)).toBe(4009);
  const left = server.app.db.sqlite
    .query('SELECT count(*) AS n FROM gateway_sessions WHERE user_id = ?')
    .get(bob.id);
  expect(left).toEqual({ n: 0 });
});

test('an IDENTIFY that waits for its turn does not outlive its token', async () => {
  await using server = await startTest();
  const bob = await server.person('bob');
  const ears = await Ears.open(server.gateway);
  const hash = hashToken(bob.token);
  // The revocation is in the queue before IDENTIFY comes to it.
  const revoked = server.turn((turn) => revokeTokens(turn, bob.id, [hash]));
  ears.send(2, { token: bob.authorization, intents });
  await revoked;
  await ears.frame(({ op }) => op === 7, 'op 7');
  expect(await ears.closes()).toBe(4004);
  expect(server.app.hub.size).toBe(0);
});

test('a session ends when its token expires', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const bob = await server.person('bob');
  const ears = await bob.listens(intents);
  // Not a month of timers: the row says that the month is nearly over.
  const month_ms = 30 * 24 * 3_600_000;
  await server.turn(({ tx }) => {
    tx.sqlite.run('UPDATE tokens SET expires_at = expires_at - ?', [month_ms - 60_000]);
  });
  server.app.cache.clear();
  const late = await bob.listens(intents);
  await clock.pass(66_000);
  expect(await late.closes()).toBe(4004);
  expect(await refusal(bob, standOf(late))).toBe(4004);
  expect(ears.closed).toBeNull();
});

test('an account has at most so many sessions: the one dropped the longest gives way, then the oldest', async () => {
  await using server = await startTest({ settings: { MAX_SESSIONS_PER_ACCOUNT: '3' } });
  const bob = await server.person('bob');
  const first = await bob.listens(intents);
  const second = await bob.listens(intents);
  const third = await bob.listens(intents);
  const stand = await dropped(second);
  await bob.listens(intents);
  expect(await refusal(bob, stand)).toBe(4009);
  expect(first.closed).toBeNull();
  await bob.listens(intents);
  expect(await first.closes()).toBe(4009);
  expect(await refusal(bob, standOf(first))).toBe(4009);
  expect(third.closed).toBeNull();
  expect(server.app.hub.size).toBe(3);
});

test('one address has at most so many sockets', async () => {
  await using server = await startTest({ settings: { MAX_SOCKETS_PER_ADDRESS: '2' } });
  const [one] = [await Ears.open(server.gateway), await Ears.open(server.gateway)];
  const refused = await fetch(server.gateway.replace('ws:', 'http:'), {
    headers: { connection: 'upgrade', upgrade: 'websocket' },
  });
  expect(refused.status).toBe(429);
  one.close(1000);
  await one.closes();
  await Ears.open(server.gateway);
});
