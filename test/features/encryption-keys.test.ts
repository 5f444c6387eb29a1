// The public keys with which clients encrypt: registered once, cleared by who can prove it, told to partners alone.
import { expect, test } from 'bun:test';
import { Guest } from '../support/guest.ts';
import { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';

const own = '/users/@me/encryption';
const password = 'correct horse';

/** Keys that nobody else has. */
function keys(n: number) {
  return {
    exchange_key: Buffer.alloc(32, n).toString('base64'),
    signing_key: Buffer.alloc(32, 255 - n).toString('base64'),
  };
}

async function logIn(server: TestServer, username: string): Promise<Person> {
  await server.call('POST', '/auth/register', { username, password });
  const { data } = await server.call('POST', '/auth/login', { username, password });
  return new Person(server, { id: data.user.id, name: username, token: data.token });
}

const stored = ({ app }: TestServer) =>
  app.db.sqlite.query('SELECT user_id, exchange_key FROM encryption_keys').all();

test('keys are registered once: the same again are fine, others are not', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const bob = await server.person('bob');
  expect(await anna.does('PUT', own, keys(1))).toEqual(keys(1));
  expect(await anna.does('PUT', own, keys(1))).toEqual(keys(1));
  const mixed = { ...keys(1), signing_key: keys(2).signing_key };
  for (const other of [keys(2), mixed, { ...keys(2), signing_key: keys(1).signing_key }]) {
    expect((await anna.isRefused(409, 'PUT', own, other)).code).toBe('already_exists');
  }
  await bob.does('PUT', own, keys(2));
  expect(stored(server)).toEqual([
    { user_id: anna.id, exchange_key: keys(1).exchange_key },
    { user_id: bob.id, exchange_key: keys(2).exchange_key },
  ]);
});

test('a key is 32 bytes in padded base64, in its one spelling', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const fit = keys(255).exchange_key;
  for (const wrong of [
    '',
    fit.slice(0, -1),
    fit.replaceAll('/', '_'),
    `${fit.slice(0, -2)}9=`,
    ` ${fit}`,
    `${fit}\n`,
    Buffer.alloc(31, 1).toString('base64'),
    Buffer.alloc(33, 1).toString('base64'),
    Buffer.alloc(32, 1).toString('hex'),
    `${'A'.repeat(43)}\u0130`,
  ]) {
    for (const key of ['exchange_key', 'signing_key']) {
      const { body } = await anna.isRefused(400, 'PUT', own, { ...keys(1), [key]: wrong });
      expect(Object.keys(body.error.details)).toEqual([key]);
    }
  }
  await anna.isRefused(422, 'PUT', own, { exchange_key: fit });
  await anna.isRefused(422, 'PUT', own, { ...keys(1), signing_key: 7 });
  expect(stored(server)).toEqual([]);
  await anna.does('PUT', own, { exchange_key: fit, signing_key: fit });
});

test('bots have keys, too; guests and strangers without a token have none', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const { application, token } = await anna.does('POST', '/applications', { name: 'Robo' });
  const bot = new Person(server, { id: application.bot_user_id, name: 'Robo', token });
  bot.scheme = 'Bot';
  await bot.does('PUT', own, keys(3));
  await bot.isRefused(409, 'PUT', own, keys(4));
  await bot.isRefused(400, 'DELETE', own, { password });
  await server.admin.does('DELETE', `/admin/users/${bot.id}/encryption`);
  await bot.does('PUT', own, keys(4));
  const { space, general } = await anna.founds();
  await anna.does('PATCH', `/channels/${general.id}`, { allow_anonymous_read: true });
  const guest = await Guest.enter(server, space);
  for (const [method, body] of [
    ['PUT', keys(5)],
    ['DELETE', { password }],
  ] as const) {
    expect((await guest.call(method, own, body)).status).toBe(403);
    expect((await server.call(method, own, body)).status).toBe(401);
  }
  expect(stored(server)).toHaveLength(1);
});

test('an account clears its keys with its password; a wrong one is 403, is counted, and clears nothing', async () => {
  await using server = await startTest();
  const anna = await logIn(server, 'anna');
  const bob = await logIn(server, 'bob');
  await bob.does('PUT', own, keys(2));
  await anna.does('DELETE', own, { password });
  await anna.does('PUT', own, keys(1));
  expect((await anna.isRefused(403, 'DELETE', own, { password: 'wrong horse' })).code).toBe(
    'forbidden',
  );
  await anna.isRefused(422, 'DELETE', own, {});
  await anna.isRefused(403, 'DELETE', own, { password: 'x'.repeat(10_000) });
  await anna.isRefused(409, 'PUT', own, keys(3));
  await anna.does('DELETE', own, { password });
  await anna.does('PUT', own, keys(3));
  for (let n = 0; n < 5; n += 1) await anna.isRefused(403, 'DELETE', own, { password: 'wrong' });
  await anna.isRefused(429, 'DELETE', own, { password });
  const login = { username: 'anna', password: 'wrong' };
  expect((await server.call('POST', '/auth/login', login)).status).toBe(429);
  expect(stored(server)).toEqual([
    { user_id: bob.id, exchange_key: keys(2).exchange_key },
    { user_id: anna.id, exchange_key: keys(3).exchange_key },
  ]);
  const told = server.logged.filter(({ message }) => message === 'key removal refused');
  expect(told.map(({ fields }) => fields['reason'])).toEqual([
    ...Array.from({ length: 7 }, () => 'wrong'),
    'locked',
  ]);
  expect(JSON.stringify(server.logged)).not.toMatch(/wrong horse|correct horse/);
});

test('instance admins clear the keys of anybody; nobody else does', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const bob = await server.person('bob');
  await anna.does('PUT', own, keys(1));
  await bob.does('PUT', own, keys(2));
  const path = `/admin/users/${anna.id}/encryption`;
  for (const somebody of [anna, bob]) await somebody.isRefused(403, 'DELETE', path);
  await server.admin.isRefused(404, 'DELETE', '/admin/users/1/encryption');
  expect(stored(server)).toHaveLength(2);
  await server.admin.does('DELETE', path);
  await server.admin.does('DELETE', path);
  expect(stored(server)).toEqual([{ user_id: bob.id, exchange_key: keys(2).exchange_key }]);
  await anna.does('PUT', own, keys(3));
});
