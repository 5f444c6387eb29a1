// User names change rarely, and former ones are kept for their account for a while.
import { expect, spyOn, test } from 'bun:test';
import { issueToken } from '../../src/features/doors/auth/actions.ts';
import { changeUser } from '../../src/features/people/users/actions.ts';
import { freeNames, holdName } from '../../src/features/people/users/names.ts';
import { feature } from '../../src/features/feature.ts';
import { features } from '../../src/features.ts';
import { FakeClock } from '../support/clock.ts';
import type { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';

const day_ms = 86_400_000;

const renames = (person: Person, username: string) =>
  person.call('PATCH', '/users/@me', { username });

const register = async (server: TestServer, username: string) =>
  (await server.call('POST', '/auth/register', { username, password: 'correct horse' })).status;

/** As an admin changes the name of somebody else. */
const renamedByAdmin = (server: TestServer, person: Person, username: string) =>
  server.turn((turn) => changeUser(turn, person.id, { username }, 'admin').username);

/** Tokens last 30 days. */
async function logsIn(...people: Person[]): Promise<void> {
  for (const one of people) {
    one.token = await one.server.turn((turn) => issueToken(turn, one.id));
  }
}

const kept = (server: TestServer) =>
  server.app.db.sqlite
    .query<{ count: number }, []>('SELECT count(*) AS count FROM former_names')
    .get()?.count;

test('a name changes three times in 30 days; the wait is told, and is true', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const anna = await server.person('anna');
  for (const name of ['anna_1', 'anna_2', 'anna_3']) {
    expect((await renames(anna, name)).status).toBe(200);
    await clock.leap(day_ms);
  }
  const refused = await anna.isRefused(429, 'PATCH', '/users/@me', {
    username: 'anna_4',
    bio: 'x',
  });
  expect(refused.code).toBe('rate_limited');
  expect(refused.body.error.retry_after).toBe(27 * 86_400);
  // Clients would sleep for as long as the header says.
  expect(refused.headers.get('Retry-After')).toBeNull();
  // Nothing of the refused change stays, and everything else may change.
  expect(await anna.does('GET', '/users/@me')).toMatchObject({ username: 'anna_3', bio: null });
  await anna.does('PATCH', '/users/@me', { username: 'anna_3', bio: 'x', display_name: 'Anna' });

  await clock.leap(27 * day_ms - 1_000);
  expect((await renames(anna, 'anna_4')).body.error.retry_after).toBe(1);
  await clock.leap(1_000);
  await logsIn(anna);
  expect((await renames(anna, 'anna_4')).status).toBe(200);
  expect((await renames(anna, 'anna_5')).body.error.retry_after).toBe(86_400);
});

test('setting the same name again is no change', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  for (let n = 0; n < 5; n += 1) expect((await renames(anna, ' anna ')).status).toBe(200);
  expect(kept(server)).toBe(0);
  expect((await renames(anna, 'anna_1')).status).toBe(200);
});

test('a former name is held for 30 days: others cannot take it, its owner may', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  await renames(anna, 'anna_1');
  await clock.leap(29 * day_ms);
  const refused = await bob.isRefused(409, 'PATCH', '/users/@me', { username: 'anna' });
  expect(refused.code).toBe('already_exists');
  expect(await register(server, 'anna')).toBe(409);
  expect((await renames(anna, 'anna')).status).toBe(200);
  // Now the other one is held.
  expect((await renames(bob, 'anna_1')).status).toBe(409);
  expect((await renames(anna, 'anna_2')).status).toBe(200);
  expect((await renames(bob, 'anna')).status).toBe(409);

  await clock.leap(30 * day_ms);
  await logsIn(bob);
  expect((await renames(bob, 'anna')).status).toBe(200);
  expect(await register(server, 'anna_1')).toBe(200);
});

test('taking a name back counts as a change', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  expect((await renames(anna, 'anna_1')).status).toBe(200);
  expect((await renames(anna, 'anna')).status).toBe(200);
  expect((await renames(anna, 'anna_1')).status).toBe(200);
  expect((await renames(anna, 'anna')).status).toBe(429);
});

test('an admin’s changes do not count, and keep the old name for whoever had it', async () => {
  await using server = await startTest();
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  for (let n = 0; n < 5; n += 1) await renamedByAdmin(server, anna, `anna_${n}`);
  expect((await renames(bob, 'anna')).status).toBe(409);
  for (const name of ['anna', 'anna_6', 'anna_7']) {
    expect((await renames(anna, name)).status).toBe(200);
  }
  expect((await renames(anna, 'anna_8')).status).toBe(429);
  expect(await renamedByAdmin(server, anna, 'anna_8')).toBe('anna_8');
  // Nor do those of admins themselves.
  for (let n = 0; n < 5; n += 1) expect((await renames(server.admin, `n_${n}`)).status).toBe(200);
});

test('an admin may give a held name away; who had it has no claim to it then', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  await renames(anna, 'anna_1');
  expect(await renamedByAdmin(server, bob, 'anna')).toBe('anna');
  expect((await renames(anna, 'anna')).status).toBe(409);
  expect((await renames(bob, 'bob_1')).status).toBe(200);
  // Held for bob now, and her change still counts.
  expect((await renames(anna, 'anna')).status).toBe(409);
  expect((await renames(bob, 'anna')).status).toBe(200);
  await renames(anna, 'anna_2');
  await clock.leap(day_ms);
  await renames(anna, 'anna_3');
  expect((await renames(anna, 'anna_4')).status).toBe(429);
  // What somebody has cannot be given away.
  const taken = renamedByAdmin(server, server.admin, 'anna_3').catch((error) => error.problem);
  expect(await taken).toBe('already_exists');
});

test('a name that is held for nobody is free when its time is over', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const anna = await server.person('anna');
  await server.turn((turn) => holdName(turn, 'cleo', turn.now + day_ms, null));
  expect(await register(server, 'cleo')).toBe(409);
  expect((await renames(anna, 'cleo')).status).toBe(409);
  await clock.leap(day_ms);
  expect(await register(server, 'cleo')).toBe(200);
});

test('a newcomer is told no more of a held name than of one in use, not even by the time', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  await server.person('anna');
  await server.turn((turn) => holdName(turn, 'former', turn.app.trusted.now() + day_ms, null));
  const argon2 = await import('@node-rs/argon2');
  const hash = spyOn(argon2, 'hash');
  try {
    const answers = [];
    for (const username of ['anna', 'former']) {
      const body = { username, password: 'correct horse' };
      answers.push((await server.call('POST', '/auth/register', body)).body);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(hash).not.toHaveBeenCalled();
    expect(await register(server, 'bob')).toBe(200);
    expect(hash).toHaveBeenCalledTimes(1);
  } finally {
    hash.mockRestore();
  }
});

test('a name that is held for an account counts as no change', async () => {
  await using server = await startTest();
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  await server.turn((turn) => holdName(turn, 'cleo', turn.now + day_ms, anna.id));
  expect((await renames(bob, 'cleo')).status).toBe(409);
  for (const name of ['cleo', 'anna_1', 'anna_2']) {
    expect((await renames(anna, name)).status).toBe(200);
  }
});

test('the names of a deleted account are free at once, whether its row stays or not', async () => {
  await using server = await startTest();
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  await renames(anna, 'anna_1');
  expect((await renames(bob, 'anna')).status).toBe(409);
  await server.turn((turn) => {
    changeUser(turn, anna.id, { username: `Deleted ${anna.id}` }, 'deletion');
  });
  expect(await register(server, 'anna')).toBe(200);
  expect(await register(server, 'anna_1')).toBe(200);

  await renames(bob, 'bob_1');
  expect(await register(server, 'bob')).toBe(409);
  await server.turn((turn) => freeNames(turn, bob.id));
  expect(await register(server, 'bob')).toBe(200);

  // A bot's name goes with its application.
  const cleo = await server.person('cleo');
  const { application } = await cleo.does('POST', '/applications', { name: 'Spoon' });
  await cleo.does('DELETE', `/applications/${application.id}`);
  expect(kept(server)).toBe(0);
});

test('a name that a registration waits with is taken, for admins, too', async () => {
  const waiting = feature({ name: 'waiting', takesName: (_db, name) => name === 'dora' });
  await using server = await startTest({ features: [...features, waiting] });
  const anna = await server.person('anna');
  expect((await renames(anna, 'dora')).status).toBe(409);
  expect(await register(server, 'dora')).toBe(409);
  const given = renamedByAdmin(server, anna, 'dora').catch((error) => error.problem);
  expect(await given).toBe('already_exists');
});

test('in test mode names change as often as one likes, and are free at once', async () => {
  await using server = await startTest({ settings: { ACCORD_TEST_MODE: 'on' } });
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  for (let n = 0; n < 6; n += 1) expect((await renames(anna, `anna_${n}`)).status).toBe(200);
  expect((await renames(bob, 'anna_3')).status).toBe(200);
  expect((await renames(anna, 'anna_3')).status).toBe(409);
  // What others hold is held.
  await server.turn((turn) => holdName(turn, 'cleo', turn.now + day_ms, null));
  expect(await register(server, 'cleo')).toBe(409);
});

test('former names are forgotten when they are held no more and count for nothing', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  await renames(anna, 'anna_1');
  await server.turn((turn) => holdName(turn, 'cleo', turn.now + day_ms, null));
  // Given away at once: it is held no more, and counts all the same.
  await renamedByAdmin(server, bob, 'anna');
  await clock.leap(2 * day_ms);
  await clock.pass(60_000);
  expect(kept(server)).toBe(2);
  await clock.leap(29 * day_ms);
  await clock.pass(60_000);
  expect(kept(server)).toBe(0);
});

test('a wall clock that leaps ahead frees no name', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  await renames(anna, 'anna_1');
  clock.step(365 * day_ms);
  await logsIn(anna, bob);
  expect((await renames(bob, 'anna')).status).toBe(409);
  // A change made meanwhile counts for 30 days, not for a year.
  await renames(anna, 'anna_2');
  clock.step(-365 * day_ms);
  await clock.leap(30 * day_ms);
  await logsIn(anna);
  for (const name of ['anna_3', 'anna_4', 'anna_5']) {
    expect((await renames(anna, name)).status).toBe(200);
  }
});
