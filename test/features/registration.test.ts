import { expect, test } from 'bun:test';
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

/** A server that counts no registrations. */
const open = { settings: { ACCORD_TEST_MODE: 'on' } };

test('registering answers the whole account and a token that works', async () => {
  await using server = await startTest();
  const { status, data } = await register(server, '  anna_1.x ', { display_name: ' Anna ' });
  expect(status).toBe(200);
  expect(data.user).toEqual({
    id: expect.stringMatching(/^\d+$/),
    username: 'anna_1.x',
    display_name: 'Anna',
    avatar: null,
    banner: null,
    accent_color: null,
    bio: null,
    bot: false,
    system: false,
    is_admin: false,
    mfa_enabled: false,
    dm_policy: 'everyone',
    disabled: false,
    flags: 0,
    public_flags: 0,
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });
  expect(data.token).toMatch(/^[0-9a-f]{64}$/);
  expect((await me(server, `Bearer ${data.token}`)).data).toEqual(data.user);
});

test('names, passwords and display names that do not do are refused', async () => {
  await using server = await startTest(open);
  const bad = [
    { username: '' },
    { username: '   ' },
    { username: 'a'.repeat(33) },
    { username: 'Alice' },
    { username: 'user name' },
    { username: '.alice' },
    { username: 'alice.' },
    { username: 'a@b' },
    { username: 'älice' },
    { username: 'a\u0000b' },
    { password: '12345' },
    { password: '1234567' },
    { password: '\u{1f511}'.repeat(7) },
    { password: 'x'.repeat(129) },
    { display_name: 'x'.repeat(33) },
    { display_name: 'a\nb' },
    { display_name: '\u202egnissim' },
  ];
  for (const more of bad) {
    const { status, code } = await register(server, 'alice', more);
    expect({ more, status, code }).toEqual({ more, status: 400, code: 'invalid_request' });
  }
  for (const more of [
    { username: 1 },
    { username: null },
    { password: 12345678 },
    { password: null },
  ]) {
    const { status, code } = await register(server, 'alice', more);
    expect({ more, status, code }).toEqual({ more, status: 422, code: 'invalid_request' });
  }
  const good = [
    { username: 'a'.repeat(32) },
    { username: '_' },
    { username: 'p8', password: '\u{1f511}'.repeat(8) },
    { username: 'p128', password: '\u{1f511}'.repeat(128) },
    { username: 'd32', display_name: '\u{1f642}'.repeat(32) },
    { username: 'd0', display_name: '' },
    { username: 'dn', display_name: null },
  ];
  for (const more of good) {
    const { status } = await register(server, 'alice', more);
    expect({ more, status }).toEqual({ more, status: 200 });
  }
  expect((await login(server, 'd0')).data.user.display_name).toBe('d0');
});

test('names that others take for the server or for everybody are reserved; who has one keeps it', async () => {
  await using server = await startTest(open);
  const reserved = ['accord', 'admin', 'administrator', 'channel', 'everyone', 'here', 'moderator'];
  for (const name of [...reserved, 'support', 'system', ' admin ']) {
    const { status, body } = await register(server, name);
    expect({ name, status }).toEqual({ name, status: 400 });
    expect(body.error.details).toEqual({ username: 'is reserved; choose another name' });
  }
  // Nobody can have a hyphen.
  for (const name of ['webhook-1', 'Admin', 'SYSTEM']) {
    expect((await register(server, name)).status).toBe(400);
  }
  for (const name of ['adminton', 'admin_', 'webhook1', 'heretic']) {
    expect((await register(server, name)).status).toBe(200);
  }
  const anna = await newcomer(server, 'anna');
  const refused = await anna.isRefused(400, 'PATCH', '/users/@me', { username: 'here' });
  expect(refused.body.error.details).toEqual({ username: 'is reserved; choose another name' });
  server.app.db.sqlite.run("UPDATE users SET username = 'admin' WHERE username = 'adminton'");
  const kept = await login(server, 'Admin');
  expect(kept.status).toBe(200);
  const admin = new Person(server, {
    id: kept.data.user.id,
    name: 'admin',
    token: kept.data.token,
  });
  await admin.does('PATCH', '/users/@me', { username: 'admin', bio: 'from before' });
});

test('a name is found at sign-in however it is written', async () => {
  await using server = await startTest(open);
  const ids = new Map<string, string>();
  for (const name of ['anni.2', 'jose_']) ids.set(name, (await newcomer(server, name)).id);
  const spellings: [string, string[]][] = [
    [
      'anni.2',
      [
        'Anni.2',
        'ANNI.2',
        '  anni.2 ',
        'anni.2\n',
        '\u00a0anni.2\u3000',
        '\ufeffanni.2',
        'anni.2\u200b',
        'ａｎｎｉ．２',
        'ＡＮＮＩ.2',
        // As a Turkish keyboard has it.
        'ANN\u0130.2',
        'ANNI\u0307.2',
        'ann\u0131.2',
        '\u202aanni.2\u202c',
      ],
    ],
    ['jose_', ['JOSE_', 'Jos\u00e9_', 'Jose\u0301_']],
  ];
  for (const [name, written] of spellings) {
    for (const typed of written) {
      const { status, data } = await login(server, typed);
      expect({ typed, status, id: data?.user.id }).toEqual({
        typed,
        status: 200,
        id: ids.get(name),
      });
    }
  }
  for (const other of ['anni2', 'anni..2', 'an ni.2', 'ann\u0438.2', 'jose']) {
    expect({ other, status: (await login(server, other)).status }).toEqual({ other, status: 401 });
  }
});

test('a name that is taken is 409, without saying what was wrong', async () => {
  await using server = await startTest(open);
  const anna = await newcomer(server, 'anna');
  const again = await register(server, 'anna');
  expect([again.status, again.code]).toEqual([409, 'already_exists']);
  expect(again.body.error.message).not.toMatch(/name/i);
  expect((await me(server, anna.authorization)).status).toBe(200);
  // Two at once: one of them is first.
  const both = await Promise.all([register(server, 'bob'), register(server, 'bob')]);
  expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
});

test('the first account ever administers the server and owns its first space; nobody after it does', async () => {
  await using server = await startTest(open);
  const [first] = await server.admin.does('GET', '/users/@me/spaces');
  expect(first).toMatchObject({ name: 'General', slug: 'general', owner_id: server.admin.id });
  const roles = await server.admin.does('GET', `/spaces/${first.id}/roles`);
  const adminRole = roles.find(({ name }: { name: string }) => name === 'Admin');
  const own = await server.admin.does('GET', `/spaces/${first.id}/members/${server.admin.id}`);
  expect(own.roles).toEqual([adminRole.id]);
  const anna = await newcomer(server, 'anna');
  expect((await me(server, anna.authorization)).data.is_admin).toBe(false);
  expect((await me(server, server.admin.authorization)).data.is_admin).toBe(true);
  // Even when the last admin is gone nobody inherits the server.
  server.app.db.sqlite.run('UPDATE users SET is_admin = 0');
  const bob = await newcomer(server, 'bob');
  expect((await me(server, bob.authorization)).data.is_admin).toBe(false);
  expect((await bob.does('GET', `/spaces/${first.id}`)).owner_id).toBe(server.admin.id);
});

test('of many first registrations at once exactly one administers the server', async () => {
  await using server = await startTest(open);
  // As if nobody had come before.
  server.app.db.sqlite.run('UPDATE instance SET admin_claimed = 0');
  server.app.db.sqlite.run('UPDATE users SET is_admin = 0');
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const made = await Promise.all(names.map((name) => register(server, name)));
  const admins = made.filter(({ data }) => data.user.is_admin);
  expect(admins).toHaveLength(1);
  const { user, token } = admins[0]?.data ?? {};
  const admin = new Person(server, { id: user.id, name: user.username, token });
  const [home] = await admin.does('GET', '/users/@me/spaces');
  expect(home.owner_id).toBe(user.id);
  const members = await admin.does('GET', `/spaces/${home.id}/members`);
  const withRoles = members.filter(({ roles }: { roles: string[] }) => roles.length > 0);
  expect(withRoles.map(({ user_id }: { user_id: string }) => user_id).toSorted()).toEqual(
    [server.admin.id, String(user.id)].toSorted(),
  );
});

test('whoever registers is a member of the first space, and everyone there is told without private fields', async () => {
  await using server = await startTest(open);
  const ears = await server.admin.listens();
  const { data } = await register(server, 'anna');
  const [joined] = await ears.hearsExactly('member.join');
  expect(Object.keys(joined?.data['user'])).not.toContain('is_admin');
  expect(joined?.data).toMatchObject({ user_id: data.user.id, roles: [] });
});

test('a closed server registers nobody, whatever the fields hold', async () => {
  await using server = await startTest(open);
  for (const policy of ['closed', 'invite_only']) {
    server.app.db.sqlite.run(`UPDATE instance SET registration_policy = '${policy}'`);
    for (const more of [{}, { username: 'Alice' }, { display_name: 'a\nb' }, { password: 'x' }]) {
      const { status, code } = await register(server, 'anna', more);
      expect({ more, status, code }).toEqual({ more, status: 403, code: 'forbidden' });
    }
  }
  expect((await register(server, 'anna', { password: 1 })).status).toBe(422);
});

test('of several bad fields the refusal names the username first, then display name and password', async () => {
  await using server = await startTest(open);
  await newcomer(server, 'anna');
  const fields: [string, object][] = [
    ['username', { username: 'Alice' }],
    ['display_name', { display_name: 'a\nb' }],
    ['password', { password: 'x' }],
  ];
  for (const [index, [first]] of fields.entries()) {
    const bad = Object.assign({}, ...fields.slice(index).map(([, more]) => more));
    const { status, body } = await register(server, 'anna', bad);
    expect({ first, status }).toEqual({ first, status: 400 });
    expect(body.error.message).toStartWith(`${first}: `);
    expect(Object.keys(body.error.details)).toEqual(fields.slice(index).map(([name]) => name));
  }
  // A name that is taken is looked for at the very last.
  expect((await register(server, 'anna')).status).toBe(409);
});

test('the document tells the bounds of every field, though others are looked at before', async () => {
  await using server = await startTest();
  const { body } = await server.call('GET', '/openapi.json');
  const { properties, required } = body.components.schemas.Registration;
  expect(properties.username).toMatchObject({ type: 'string', minLength: 1, maxLength: 32 });
  const pattern = new RegExp(properties.username.pattern);
  for (const name of ['anna', '_', 'a.b', '0']) expect(pattern.test(name)).toBe(true);
  for (const name of ['', 'Anna', '.a', 'a.', '.', 'a b', 'ä'])
    expect(pattern.test(name)).toBe(false);
  expect(properties.password).toMatchObject({ type: 'string', minLength: 8, maxLength: 128 });
  expect(properties.display_name).toMatchObject({ type: ['string', 'null'], maxLength: 32 });
  expect(required.toSorted()).toEqual(['password', 'username']);
});
