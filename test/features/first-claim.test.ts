// How a server without an admin gets one: by the setup code, or from the machine itself.
import { expect, test } from 'bun:test';
import { beginSetup, setupCode } from '../../src/features/doors/claim/setup-code.ts';
import { Guest } from '../support/guest.ts';
import { Person } from '../support/person.ts';
import { ServerProcess, serverCommand } from '../support/process.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { emptyFolder, Started } from '../support/starting.ts';
import { codeOf, personOf, registers, setSettings, startUnclaimed } from '../support/unclaimed.ts';

/** Requests come as through a proxy: none is from the machine itself. */
const proxied = { 'x-forwarded-for': '203.0.113.7' };

const isAdmin = async (person: Person) => (await person.does('GET', '/users/@me')).is_admin;

const newcomer = async (server: TestServer, name: string) =>
  personOf(server, await registers(server, name, {}, proxied));

const claims = (person: Person, code: string) => person.call('POST', '/instance/claim', { code });

/** The first space, as somebody sees it. */
async function homeOf(person: Person) {
  const [home] = await person.does('GET', '/users/@me/spaces');
  return home;
}

/** The names of the roles that somebody has in the first space. */
async function rolesOf(person: Person): Promise<string[]> {
  const { id } = await homeOf(person);
  const own = await person.does('GET', `/spaces/${id}/members/${person.id}`);
  const roles = await person.does('GET', `/spaces/${id}/roles`);
  return roles.filter((one: any) => own.roles.includes(one.id)).map((one: any) => one.name);
}

const setupLines = ({ logged }: TestServer) =>
  logged.filter(({ message }) => message.startsWith('nobody administers'));

test('a start without an admin says the setup code with a link, one with an admin does not', async () => {
  await using server = await startUnclaimed({ PUBLIC_URL: 'https://chat.example:8443/sub' });
  const [line] = setupLines(server);
  expect(line?.level).toBe('notice');
  expect(line?.fields['code']).toMatch(/^[A-Za-z0-9]{16}$/);
  expect(line?.fields['link']).toBe(
    `daccord://connect/chat.example:8443?invite=${line?.fields['code']}`,
  );
  expect(codeOf(server)).toBe(line?.fields['code']);
  await registers(server, 'anna', { setup_code: codeOf(server) });
  expect(setupCode(server.app)).toBeNull();
  // As the next start does.
  expect(beginSetup(server.app)).toBeNull();
  await using other = await startUnclaimed();
  expect(codeOf(other)).not.toBe(line?.fields['code']);
});

test('who registers with the setup code administers the server, once', async () => {
  await using server = await startUnclaimed();
  const code = codeOf(server);
  for (const wrong of ['x', code.slice(1), code.toLowerCase() + 'A', `${code} `]) {
    const refused = await registers(server, 'anna', { setup_code: wrong }, proxied);
    expect([refused.status, refused.code]).toEqual([403, 'forbidden']);
  }
  const others = await newcomer(server, 'early');
  expect(await isAdmin(others)).toBe(false);
  const made = await registers(server, 'anna', { setup_code: code }, proxied);
  expect(made.data.user.is_admin).toBe(true);
  const anna = personOf(server, made);
  expect((await homeOf(anna)).owner_id).toBe(anna.id);
  expect(await rolesOf(anna)).toEqual(['Admin']);
  const log = await anna.does('GET', '/admin/audit-log');
  expect(log).toMatchObject([
    {
      user_id: anna.id,
      action_type: 'admin_claim',
      target_type: 'user',
      target_id: anna.id,
      changes: { by: 'setup_code' },
    },
  ]);
  expect(JSON.stringify(log)).not.toContain(code);
  const again = await registers(server, 'bob', { setup_code: code }, proxied);
  expect(again.status).toBe(403);
  expect((await claims(others, code)).status).toBe(403);
});

test('an account claims the server by the code; its sessions hear at once what it may see now', async () => {
  await using server = await startUnclaimed();
  const bob = await newcomer(server, 'bob');
  const anna = await newcomer(server, 'anna');
  const { space } = await bob.founds('Den');
  await anna.joins(space);
  const hidden = await bob.does('POST', `/spaces/${space.id}/channels`, { name: 'cellar' });
  const [everyone] = await bob.does('GET', `/spaces/${space.id}/roles`);
  const closed = { type: 'role', allow: [], deny: ['view_channel'] };
  await bob.does('PUT', `/channels/${hidden.id}/permissions/${everyone.id}`, closed);
  const ears = await anna.listens();
  const bobs = await bob.listens();
  await ears.unread();

  const refused = await claims(anna, 'x'.repeat(16));
  expect([refused.status, refused.code]).toEqual([403, 'forbidden']);
  await ears.hearsNothing();

  const { status, data } = await claims(anna, codeOf(server));
  expect(status).toBe(200);
  expect(data).toMatchObject({ id: anna.id, is_admin: true, mfa_enabled: false });
  expect((await ears.hears('user.update')).data).toMatchObject({ is_admin: true });
  expect((await ears.hears('channel.create')).data).toMatchObject({ id: hidden.id });
  expect(JSON.stringify(await bobs.unread())).not.toContain('is_admin');
  expect((await anna.call('GET', '/admin/audit-log')).status).toBe(200);
  await bob.says(hidden, 'whispers');
  expect((await ears.hears('message.create')).data.content).toBe('whispers');
  expect((await homeOf(anna)).owner_id).toBe(anna.id);
  expect(await rolesOf(anna)).toEqual(['Admin']);
});

test('a client that knows invites alone accepts the code as one', async () => {
  await using server = await startUnclaimed();
  const code = codeOf(server);
  const anna = await newcomer(server, 'anna');
  const home = await homeOf(anna);
  await anna.isRefused(404, 'POST', `/invites/${'x'.repeat(16)}/accept`);
  const looked = await anna.does('GET', `/invites/${code}`);
  expect(looked).toMatchObject({ space_id: home.id, space: { id: home.id }, max_uses: null });
  expect(looked.code).not.toBe(code);
  expect(await isAdmin(anna)).toBe(false);
  const guest = await Guest.enter(server, home);
  expect((await guest.call('GET', `/invites/${code}`)).status).toBe(404);
  const { application, token } = await anna.does('POST', '/applications', { name: 'Ping' });
  const bot = new Person(server, { id: application.bot_user_id, name: 'bot', token });
  bot.scheme = 'Bot';
  await bot.isRefused(404, 'GET', `/invites/${code}`);
  await bot.isRefused(404, 'POST', `/invites/${code}/accept`);
  await bot.isRefused(403, 'POST', '/instance/claim', { code });
  // It is no page, and opens no door.
  expect((await server.call('GET', `//invite/${code}`)).status).toBe(404);
  expect((await server.call('POST', `//invite/${code}/door`)).status).toBe(404);

  const accepted = await anna.does('POST', `/invites/${code}/accept`);
  expect(accepted).toMatchObject({ code: looked.code, space_id: home.id, uses: 0 });
  expect(await isAdmin(anna)).toBe(true);
  await anna.isRefused(404, 'GET', `/invites/${code}`);
  await anna.isRefused(404, 'POST', `/invites/${code}/accept`);
});

test('of many who have the code exactly one gets the server', async () => {
  await using server = await startUnclaimed();
  const code = codeOf(server);
  const people: Person[] = [];
  for (const name of ['a', 'b', 'c']) people.push(await newcomer(server, name));
  const replies = await Promise.all([
    ...people.map((one) => claims(one, code)),
    ...people.map((one) => one.call('POST', `/invites/${code}/accept`)),
    registers(server, 'd', { setup_code: code }, proxied),
    registers(server, 'e', { setup_code: code }, proxied),
  ]);
  expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
  const admins = server.app.db.sqlite.query('SELECT id FROM users WHERE is_admin = 1').all();
  expect(admins).toHaveLength(1);
});

test('the first one who registers from the machine itself needs no code', async () => {
  await using server = await startUnclaimed();
  expect(server.logged.map(({ message }) => message).join('\n')).toContain('from this machine');
  const early = await newcomer(server, 'early');
  expect(await isAdmin(early)).toBe(false);
  const anna = personOf(server, await registers(server, 'anna'));
  expect(await isAdmin(anna)).toBe(true);
  expect((await homeOf(anna)).owner_id).toBe(anna.id);
  const [entry] = await anna.does('GET', '/admin/audit-log');
  expect(entry).toMatchObject({ user_id: anna.id, changes: { by: 'first_registration' } });
  expect(await isAdmin(personOf(server, await registers(server, 'bob')))).toBe(false);
  expect(setupCode(server.app)).toBeNull();
});

test('whatever a proxy or a page in a browser sends does not come from the machine itself', async () => {
  await using server = await startUnclaimed();
  const headers = {
    'x-forwarded-for': '127.0.0.1',
    'x-real-ip': '127.0.0.1',
    forwarded: 'for=127.0.0.1',
    'x-forwarded-host': 'localhost',
    'x-forwarded-proto': 'http',
    via: '1.1 proxy',
    origin: 'https://evil.example',
    // A proxy that sends nothing else, a tunnel, or a page whose name leads to this machine.
    host: 'chat.example',
  };
  let n = 0;
  for (const [name, value] of Object.entries(headers)) {
    const made = await registers(server, `n${(n += 1)}`, {}, { [name]: value });
    expect({ name, is_admin: made.data.user.is_admin }).toEqual({ name, is_admin: false });
  }
  for (const host of ['localhost.example', '127.0.0.1.example:80', '10.1.2.3', '[fe80::1]', '[']) {
    const made = await registers(server, `n${(n += 1)}`, {}, { host });
    expect({ host, is_admin: made.data?.user.is_admin ?? false }).toEqual({
      host,
      is_admin: false,
    });
  }
  for (const [name, value] of [
    ['PUBLIC_URL', 'http://chat.example'],
    ['TRUSTED_PROXIES', '10.0.0.0/8'],
  ] as const) {
    await using other = await startUnclaimed({ [name]: value });
    expect((await registers(other, 'anna')).data.user.is_admin).toBe(false);
    expect(setupLines(other)).toHaveLength(1);
    expect(other.logged.map(({ message }) => message).join('\n')).not.toContain('this machine');
    const made = await registers(other, 'bob', { setup_code: codeOf(other) });
    expect(made.data.user.is_admin).toBe(true);
  }
  // In test mode the first one is it, from wherever.
  await using tried = await startUnclaimed({ ACCORD_TEST_MODE: 'on' });
  expect((await registers(tried, 'anna', {}, proxied)).data.user.is_admin).toBe(true);
});

test('the machine itself is called by any of its own names', async () => {
  for (const host of ['localhost:39099', 'LOCALHOST', '127.0.0.1:1', '127.9.9.9', '[::1]:39099']) {
    await using server = await startUnclaimed();
    const made = await registers(server, 'anna', {}, { host });
    expect({ host, is_admin: made.data.user.is_admin }).toEqual({ host, is_admin: true });
  }
});

test('where no admin is left only the code of the next start helps', async () => {
  await using server = await startTest({ settings: { REGISTRATIONS_PER_ADDRESS: '0' } });
  const run = (sql: string) => server.app.db.sqlite.run(sql);
  const [bob, cleo] = [await server.person('bob'), await server.person('cleo')];
  for (const left of ['is_admin = 0', 'disabled = 1', 'deleted_at = 1']) {
    run('UPDATE users SET is_admin = 0, disabled = 0, deleted_at = NULL');
    run(`UPDATE users SET is_admin = 1 WHERE id = '${server.admin.id}'`);
    expect(beginSetup(server.app)).toBeNull();
    run(`UPDATE users SET ${left} WHERE id = '${server.admin.id}'`);
    // Not while it runs: this start had an admin.
    expect(setupCode(server.app)).toBeNull();
    expect(beginSetup(server.app)).not.toBeNull();
  }
  run('UPDATE users SET deleted_at = NULL, disabled = 0');
  run('UPDATE users SET is_admin = 0');
  const home = await homeOf(bob);
  beginSetup(server.app);
  const made = await registers(server, 'first');
  expect(made.data.user.is_admin).toBe(false);
  expect((await claims(bob, codeOf(server))).status).toBe(200);
  // Its owner is there, and keeps the space.
  expect((await homeOf(bob)).owner_id).toBe(server.admin.id);
  expect(await rolesOf(bob)).toEqual(['Admin']);

  run('UPDATE users SET is_admin = 0');
  run(`UPDATE users SET disabled = 1 WHERE id = '${home.owner_id}'`);
  beginSetup(server.app);
  expect((await claims(cleo, codeOf(server))).status).toBe(200);
  expect((await homeOf(cleo)).owner_id).toBe(cleo.id);
});

test('who cannot be in the first space administers the server all the same', async () => {
  await using server = await startTest();
  const bob = await server.person('bob');
  const home = await homeOf(bob);
  await server.admin.does('PUT', `/spaces/${home.id}/bans/${bob.id}`, {});
  server.app.db.sqlite.run('UPDATE users SET is_admin = 0');
  beginSetup(server.app);
  expect((await claims(bob, codeOf(server))).status).toBe(200);
  expect(await isAdmin(bob)).toBe(true);
  expect(await bob.does('GET', '/users/@me/spaces')).toEqual([]);
});

test('the code goes before every policy', async () => {
  await using server = await startUnclaimed();
  await setSettings(server, { registration_policy: 'closed', registration_approval: 1 });
  expect((await registers(server, 'anna')).status).toBe(403);
  const made = await registers(server, 'anna', { setup_code: codeOf(server) }, proxied);
  expect(made.data.user.is_admin).toBe(true);
});

test('the code ends when the server gets an admin in another way', async () => {
  await using server = await startUnclaimed();
  const code = codeOf(server);
  const [anna, bob] = [await newcomer(server, 'anna'), await newcomer(server, 'bob')];
  server.app.db.sqlite.run(`UPDATE users SET is_admin = 1 WHERE id = '${anna.id}'`);
  expect(setupCode(server.app)).toBeNull();
  expect((await claims(bob, code)).status).toBe(403);
  await bob.isRefused(404, 'POST', `/invites/${code}/accept`);
  expect((await registers(server, 'cleo')).data.user.is_admin).toBe(false);
});

test('a name that is taken costs nothing: the code works on', async () => {
  await using server = await startUnclaimed();
  await newcomer(server, 'anna');
  const refused = await registers(server, 'anna', { setup_code: codeOf(server) }, proxied);
  expect(refused.status).toBe(409);
  const made = await registers(server, 'bob', { setup_code: codeOf(server) }, proxied);
  expect(made.data.user.is_admin).toBe(true);
});

test('the code that a process prints works, and each start prints another one', async () => {
  using folder = emptyFolder();
  const settings = { ACCORD_BIND: '127.0.0.1', PUBLIC_URL: 'https://chat.example' };
  const start = () => new Started({ folder: folder.path, settings, binary: null });
  const printed = ({ log }: Started) => /code=(\w{16}) link=(\S+)/.exec(log) ?? [];
  const codes: string[] = [];
  for (const round of [1, 2]) {
    await using server = start();
    await server.port();
    const [, code = '', link] = printed(server);
    expect({ round, link }).toEqual({
      round,
      link: `daccord://connect/chat.example?invite=${code}`,
    });
    codes.push(code);
    await server.end('SIGTERM');
  }
  expect(codes[0]).not.toBe(codes[1]);
  await using server = start();
  const port = await server.port();
  const [, setup_code] = printed(server);
  const post = async (body: object) => {
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/auth/register`, init);
    return (await answer.json()) as any;
  };
  const wish = { username: 'anna', password: 'correct horse battery' };
  expect((await post({ ...wish, setup_code: codes[1] })).error.code).toBe('forbidden');
  expect((await post({ ...wish, setup_code })).data.user.is_admin).toBe(true);
  await server.end('SIGTERM');
  await using after = start();
  await after.port();
  expect(printed(after)).toEqual([]);
});

test('a process that only this machine reaches gives itself to who registers first', async () => {
  await using server = await ServerProcess.start(serverCommand(null));
  const post = async (username: string, more: Record<string, string>) => {
    const headers = { 'content-type': 'application/json', ...more };
    const body = JSON.stringify({ username, password: 'correct horse battery' });
    const answer = await fetch(`${server.origin}/api/v1/auth/register`, {
      method: 'POST',
      headers,
      body,
    });
    return ((await answer.json()) as any).data.user.is_admin;
  };
  expect(await post('early', { 'x-real-ip': '203.0.113.7' })).toBe(false);
  expect(await post('anna', {})).toBe(true);
  expect(await post('bob', {})).toBe(false);
});
