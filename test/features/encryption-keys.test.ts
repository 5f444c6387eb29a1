// The public keys with which clients encrypt: registered once, cleared by who can prove it, told to partners alone.
import { expect, test } from 'bun:test';
import { insertUser } from '../../src/features/people/users/queries.ts';
import { enter, leave } from '../../src/features/spaces/conversations/queries.ts';
import { acts } from '../support/admins.ts';
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
  expect(await acts(server.admin)).toEqual([['keys_clear', anna.id, undefined]]);
  await anna.does('PUT', own, keys(3));
});

const directory = (person: Person, channel: { id: string }) =>
  person.does('GET', `/channels/${channel.id}/encryption`);

test('the people of a conversation read the keys of its people, those who left included', async () => {
  await using server = await startTest();
  const [anna, bob, cleo, dora] = [
    await server.person('anna'),
    await server.person('bob'),
    await server.person('cleo'),
    await server.person('dora'),
  ];
  await anna.does('PUT', own, keys(1));
  await cleo.does('PUT', own, keys(3));
  const entry = (person: Person, current: boolean, identity: object | null) => ({
    user_id: person.id,
    wire_user_id: person.id,
    current,
    identity,
  });
  const dm = await anna.does('POST', '/users/@me/channels', { recipient_id: bob.id });
  const two = [entry(anna, true, keys(1)), entry(bob, true, null)];
  expect(await directory(anna, dm)).toEqual({
    channel_id: dm.id,
    self_user_id: anna.id,
    participants: two,
  });
  expect(await directory(bob, dm)).toMatchObject({ self_user_id: bob.id, participants: two });
  await bob.does('PUT', own, keys(2));
  expect((await directory(anna, dm)).participants[1]).toEqual(entry(bob, true, keys(2)));

  const group = await anna.does('POST', '/users/@me/channels', { recipients: [bob.id, cleo.id] });
  await anna.does('DELETE', `/channels/${group.id}/recipients/${cleo.id}`);
  const after = [
    entry(anna, true, keys(1)),
    entry(bob, true, keys(2)),
    entry(cleo, false, keys(3)),
  ];
  expect((await directory(bob, group)).participants).toEqual(after);
  await server.admin.does('DELETE', `/admin/users/${cleo.id}/encryption`);
  expect((await directory(bob, group)).participants[2]).toEqual(entry(cleo, false, null));
  await anna.does('PUT', `/channels/${group.id}/recipients/${cleo.id}`);
  expect((await directory(cleo, group)).participants[2]).toEqual(entry(cleo, true, null));
  await cleo.does('DELETE', `/channels/${group.id}/recipients/${cleo.id}`);

  // Nobody else: strangers, who has left, instance admins, guests.
  const { space, general } = await anna.founds();
  await anna.does('PATCH', `/channels/${general.id}`, { allow_anonymous_read: true });
  const guest = await Guest.enter(server, space);
  for (const { id } of [dm, group]) {
    const path = `/channels/${id}/encryption`;
    for (const somebody of [cleo, dora, server.admin]) await somebody.isRefused(403, 'GET', path);
    expect((await guest.call('GET', path)).status).toBe(403);
    expect((await server.call('GET', path)).status).toBe(401);
  }
  await anna.isRefused(400, 'GET', `/channels/${general.id}/encryption`);
  await dora.isRefused(403, 'GET', `/channels/${general.id}/encryption`);
  await anna.isRefused(404, 'GET', '/channels/1/encryption');
});

test('of those who left a group the last ones are told, so many at most', async () => {
  await using server = await startTest();
  const [anna, bob, cleo] = [
    await server.person('anna'),
    await server.person('bob'),
    await server.person('cleo'),
  ];
  const group = await anna.does('POST', '/users/@me/channels', { recipients: [bob.id, cleo.id] });
  const { sqlite } = server.app.db;
  sqlite.run('PRAGMA foreign_keys = OFF');
  const insert = sqlite.query(
    'INSERT INTO conversation_people (channel_id, user_id, joined_at, left_at) VALUES (?, ?, 0, ?)',
  );
  for (let n = 1; n <= 250; n += 1) insert.run(group.id, String(n), n);
  const { participants } = await directory(anna, group);
  expect(participants.map(({ user_id }: any) => user_id)).toEqual([
    ...[anna.id, bob.id, cleo.id],
    ...Array.from({ length: 200 }, (_, n) => String(250 - n)),
  ]);
});

test('however many have come and gone, those who take part are found', async () => {
  await using server = await startTest();
  const [anna, bob, cleo] = [
    await server.person('anna'),
    await server.person('bob'),
    await server.person('cleo'),
  ];
  const recipients = [bob.id, cleo.id];
  const group = await anna.does('POST', '/users/@me/channels', { recipients });
  for (const [n, person] of [anna, bob, cleo].entries()) await person.does('PUT', own, keys(n));
  // Accounts that are older than all who take part, so that the index names them first.
  await server.turn(({ tx, now }) => {
    for (let n = 0; n < 2_000; n += 1) {
      insertUser(tx, { id: `${1_000 + n}`, username: `former_${n}`, created_at: now });
      enter(tx, group.id, `${1_000 + n}`, now);
      leave(tx, group.id, `${1_000 + n}`, now);
    }
  });
  const { participants } = await anna.does('GET', `/channels/${group.id}/encryption`);
  const current = participants.filter((one: { current: boolean }) => one.current);
  expect(current).toHaveLength(3);
  for (const one of current) expect(one.identity).not.toBeNull();
});
