import { expect, test } from 'bun:test';
import { FakeClock } from '../support/clock.ts';
import { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';

const password = 'correct horse';

function register(server: TestServer, username: string, more: object = {}) {
  return server.call('POST', '/auth/register', { username, password, ...more });
}

function login(server: TestServer, username: string, given = password) {
  return server.call('POST', '/auth/login', { username, password: given });
}

function me(server: TestServer, authorization: string) {
  return server.call('GET', '/users/@me', undefined, authorization ? { authorization } : {});
}

/** Registers for real, with a password. */
async function newcomer(server: TestServer, name: string): Promise<Person> {
  const { data } = await register(server, name);
  return new Person(server, { id: data.user.id, name, token: data.token });
}

test('only its own scheme opens a token, spelled exactly', async () => {
  await using server = await startTest();
  const { token } = server.admin;
  expect((await me(server, `Bearer ${token}`)).status).toBe(200);
  const wrong = [
    '',
    'Bearer ',
    'Bearer',
    token,
    `bearer ${token}`,
    `BEARER ${token}`,
    `Bearer  ${token}`,
    `Bot ${token}`,
    `Basic ${token}`,
    `Bearer ${token}0`,
    `Bearer ${token.toUpperCase()}`,
    `Bearer ${'0'.repeat(64)}`,
  ];
  for (const authorization of wrong) {
    const { status, code } = await me(server, authorization);
    expect({ authorization, status, code }).toEqual({
      authorization,
      status: 401,
      code: 'unauthorized',
    });
  }
});

test('a token ends after thirty days, to the millisecond', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { sqlite } = server.app.db;
  const { expires_at } = sqlite
    .query<{ expires_at: number }, []>('SELECT expires_at FROM tokens')
    .get() ?? { expires_at: 0 };
  expect(expires_at - clock.now()).toBe(30 * 86_400_000);
  sqlite.run('UPDATE tokens SET expires_at = ?', [clock.now() + 1_000]);
  await clock.pass(999);
  expect((await me(server, server.admin.authorization)).status).toBe(200);
  await clock.pass(1);
  expect((await me(server, server.admin.authorization)).status).toBe(401);
});

test('tokens and passwords are kept only as hashes', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const { sqlite } = server.app.db;
  const dump = JSON.stringify([
    sqlite.query('SELECT * FROM users').all(),
    sqlite.query('SELECT * FROM tokens').all(),
    sqlite.query('SELECT * FROM events').all(),
  ]);
  expect(dump).not.toContain(anna.token);
  expect(dump).not.toContain(password);
  const row = sqlite.query<{ password_hash: string }, [string]>(
    'SELECT password_hash FROM users WHERE id = ?',
  );
  expect(row.get(anna.id)?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});

test('a login gives a new token each time; a wrong password, an unknown name and a bot are 401 alike', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const [one, two] = [await login(server, 'anna'), await login(server, 'anna')];
  expect(new Set([anna.token, one.data.token, two.data.token]).size).toBe(3);
  expect(one.data.user.id).toBe(anna.id);
  expect(one.data).not.toHaveProperty('force_password_reset');
  for (const token of [anna.token, one.data.token, two.data.token]) {
    expect((await me(server, `Bearer ${token}`)).status).toBe(200);
  }
  server.app.db.sqlite.run(
    `INSERT INTO users (id, username, bot, created_at) VALUES ('1', 'robot', 1, 0)`,
  );
  const refusals = [
    await login(server, 'anna', 'wrong horse'),
    await login(server, 'unknown'),
    await login(server, 'robot'),
    await login(server, 'System'),
    await login(server, 'an na'),
    await login(server, 'anna\0'),
    await login(server, ''),
  ];
  expect(refusals.map(({ status }) => status)).toEqual(refusals.map(() => 401));
  // Nothing tells one of them from the other.
  expect(new Set(refusals.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  expect((await server.call('POST', '/auth/login', { username: 'anna' })).status).toBe(422);
  expect((await server.call('POST', '/auth/login', {})).status).toBe(422);
});

test('a disabled account is 401 with a wrong password and 403 with the right one; its tokens are dead', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  // Asked before, so that it is known by heart.
  expect((await me(server, anna.authorization)).status).toBe(200);
  await server.turn((turn) => {
    turn.tx.sqlite.run('UPDATE users SET disabled = 1 WHERE id = ?', [anna.id]);
    turn.app.cache.clear();
    return null;
  });
  expect((await login(server, 'anna', 'wrong horse')).status).toBe(401);
  expect((await login(server, 'anna')).status).toBe(403);
  expect((await me(server, anna.authorization)).status).toBe(401);
});

test('at most 25 tokens of an account live; the oldest gives way, and its sessions with it', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const ears = await anna.listens();
  let last = '';
  for (let count = 0; count < 24; count += 1) last = (await login(server, 'anna')).data.token;
  expect((await me(server, anna.authorization)).status).toBe(200);
  const newest = (await login(server, 'anna')).data.token;
  expect((await me(server, anna.authorization)).status).toBe(401);
  expect(await ears.closes()).toBe(4004);
  for (const token of [last, newest]) {
    expect((await me(server, `Bearer ${token}`)).status).toBe(200);
  }
  const { n } = server.app.db.sqlite
    .query<{ n: number }, [string]>('SELECT count(*) AS n FROM tokens WHERE user_id = ?')
    .get(anna.id) ?? { n: 0 };
  expect(n).toBe(25);
});

test('logging out ends the one token and its sockets, nothing else', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const other = new Person(server, {
    id: anna.id,
    name: 'anna',
    token: (await login(server, 'anna')).data.token,
  });
  const [ears, others] = [await anna.listens(), await other.listens()];
  expect((await server.call('POST', '/auth/logout')).status).toBe(401);
  expect((await anna.call('POST', '/auth/logout')).body).toEqual({ data: { ok: true } });
  expect(await ears.closes()).toBe(4004);
  expect((await me(server, anna.authorization)).status).toBe(401);
  expect((await anna.call('POST', '/auth/logout')).status).toBe(401);
  expect((await me(server, other.authorization)).status).toBe(200);
  await others.settled();
  expect(others.closed).toBeNull();
});
