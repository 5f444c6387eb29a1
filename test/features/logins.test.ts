import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import type { Turn } from '../../src/app.ts';
import { changesToken, hashToken, insertToken, newToken } from '../../src/access/tokens.ts';
import { issueToken } from '../../src/features/doors/auth/actions.ts';
import { insertLogin } from '../../src/features/doors/auth/logins.ts';
import { FakeClock } from '../support/clock.ts';
import { emptyFolder } from '../support/starting.ts';
import { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';

const password = 'correct horse';
const [home, office, abroad] = ['192.0.2.7', '198.51.100.4', '203.0.113.9'];
const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000];
const settings = { TRUSTED_PROXIES: '127.0.0.1' };

interface Origin {
  address?: string;
  /** `X-Device-Name`. */
  device?: string;
  /** `User-Agent`. */
  agent?: string;
}

/** Signs somebody in, or up, from a device; answers the person with the token of that login. */
async function signsIn(
  server: TestServer,
  username: string,
  { address = home, device, agent }: Origin = {},
  path = '/auth/login',
): Promise<Person> {
  const headers = {
    'x-forwarded-for': address,
    ...(device === undefined ? {} : { 'x-device-name': device }),
    ...(agent === undefined ? {} : { 'user-agent': agent }),
  };
  const reply = await server.call('POST', path, { username, password }, headers);
  expect(reply.status).toBe(200);
  const { user, token } = reply.data;
  return new Person(server, { id: user.id, name: username, token });
}

const signsUp = (server: TestServer, username: string, origin: Origin = {}) =>
  signsIn(server, username, origin, '/auth/register');

const list = (person: Person): Promise<any[]> => person.does('GET', '/auth/sessions');
const devices = async (person: Person) => (await list(person)).map(({ device }) => device);
const at = (clock: FakeClock) => new Date(clock.now()).toISOString();

/** How many rows were written so far. */
const written = ({ app }: TestServer) =>
  app.db.sqlite.rows({ n: 'number' }, 'SELECT total_changes() AS n').get()?.n;

const rowsOf = ({ app }: TestServer, { id }: Person) =>
  app.db.sqlite
    .rows(
      { device: 'text', last_used_at: 'number' },
      'SELECT device, last_used_at FROM logins WHERE user_id = ? ORDER BY created_at',
    )
    .all(id);

test('each login is listed, the one used last first, and can be ended alone', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings });
  const phone = await signsUp(server, 'anna', { device: 'Phone' });
  const came_at = at(clock);
  await clock.pass(minute);
  const laptop = await signsIn(server, 'anna', { address: office, device: 'Laptop' });
  const phones = await phone.listens();
  const laptops = await laptop.listens();
  await clock.pass(second);
  const all = await list(laptop);
  expect(all).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      current: true,
      device: 'Laptop',
      address: '198.51.100.0/24',
      created_at: '2026-06-01T12:01:00.000Z',
      last_used_at: at(clock),
      expires_at: '2026-07-01T12:01:00.000Z',
      connected: true,
    },
    {
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      current: false,
      device: 'Phone',
      address: '192.0.2.0/24',
      created_at: came_at,
      last_used_at: '2026-06-01T12:01:00.000Z',
      expires_at: '2026-07-01T12:00:00.000Z',
      connected: true,
    },
  ]);
  await clock.pass(second);
  expect(await devices(phone)).toEqual(['Phone', 'Laptop']);

  expect((await laptop.call('DELETE', `/auth/sessions/${all[1].id}`)).body).toEqual({
    data: { ok: true },
  });
  expect(await phones.closes()).toBe(4004);
  await phone.isRefused(401, 'GET', '/users/@me');
  await laptops.unread();
  expect(laptops.closed).toBeNull();
  expect(await devices(laptop)).toEqual(['Laptop']);
  await laptop.isRefused(404, 'DELETE', `/auth/sessions/${all[1].id}`);

  // Its own as well, as a logout.
  await laptop.does('DELETE', `/auth/sessions/${all[0].id}`);
  expect(await laptops.closes()).toBe(4004);
  await laptop.isRefused(401, 'GET', '/auth/sessions');
});

test('the id of a login is not that of its token, and nothing of the hash shows', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const [login] = await list(anna);
  expect(hashToken(anna.token)).not.toContain(login.id.slice(0, 8));
  expect(JSON.stringify(login)).not.toContain(anna.token.slice(0, 8));
});

test('nobody ends the login of somebody else, nor one that is not there; bots have none', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const [login] = await list(anna);
  const bob = await server.person('bob');
  await bob.isRefused(404, 'DELETE', `/auth/sessions/${login.id}`);
  await server.admin.isRefused(404, 'DELETE', `/auth/sessions/${login.id}`);
  for (const id of ['0'.repeat(32), 'x', hashToken(anna.token)]) {
    await anna.isRefused(404, 'DELETE', `/auth/sessions/${id}`);
  }
  const { application, token } = await anna.does('POST', '/applications', { name: 'Spoon' });
  const bot = new Person(server, { id: application.bot_user_id, name: 'Spoon', token });
  bot.scheme = 'Bot';
  await bot.isRefused(403, 'GET', '/auth/sessions');
  await bot.isRefused(403, 'DELETE', `/auth/sessions/${login.id}`);
  expect(await list(anna)).toHaveLength(1);
});

test('a login without a socket is not connected', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const connected = async () => (await list(anna)).map((one) => one.connected);
  expect(await connected()).toEqual([false]);
  const ears = await anna.listens();
  expect(await connected()).toEqual([true]);
  ears.close();
  await ears.closes();
  while ((await connected())[0]) await Bun.sleep(1);
});

test('an expired token is no login', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings });
  await signsUp(server, 'anna', { device: 'Phone' });
  await clock.leap(20 * day);
  const laptop = await signsIn(server, 'anna', { device: 'Laptop' });
  expect(await devices(laptop)).toEqual(['Laptop', 'Phone']);
  await clock.leap(10 * day);
  expect(await devices(laptop)).toEqual(['Laptop']);
});

const named: [what: string, origin: Origin, device: string][] = [
  ['its name', { device: 'Anna-Phone', agent: 'Godot' }, 'Anna-Phone'],
  ['UTF-8, percent-encoded', { device: 'Annas%20Ger%C3%A4t%20%F0%9F%93%B1' }, 'Annas Gerät 📱'],
  ['as long as can be', { device: `%F0%9F%93%B1`.repeat(64) }, '📱'.repeat(64)],
  ['too long', { device: 'x'.repeat(65), agent: 'Godot/4' }, 'Godot/4'],
  ['no UTF-8', { device: '%FF', agent: 'Godot/4' }, 'Godot/4'],
  ['a lone percent sign', { device: '100% mine', agent: 'Godot/4' }, 'Godot/4'],
  ['a line break', { device: 'a%0Ab', agent: 'Godot/4' }, 'Godot/4'],
  ['a change of direction', { device: '%E2%80%AEenohp', agent: 'Godot/4' }, 'Godot/4'],
  ['blank', { device: '%20', agent: 'Godot/4' }, 'Godot/4'],
  ['no name', { agent: 'Godot/4' }, 'Godot/4'],
  ['a long agent', { agent: 'y'.repeat(1_000) }, 'y'.repeat(64)],
  ['an empty agent', { agent: '' }, ''],
];

test('a device is called what it calls itself; what is no name is passed over', async () => {
  await using server = await startTest({
    settings: { ...settings, REGISTRATIONS_PER_ADDRESS: '0' },
  });
  await signsUp(server, 'anna', { device: 'Upstairs' });
  for (const [what, origin, device] of named) {
    const [newest] = await list(await signsIn(server, 'anna', origin));
    expect([what, newest.device]).toEqual([what, device]);
  }
  const last = await signsIn(server, 'anna', { device: 'Last' });
  expect(await devices(last)).toContain('Upstairs');
});

test('addresses show their network alone; what is not known is empty', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings });
  const anna = await signsUp(server, 'anna', { address: '2001:db8:5:6:7:8:9:a', device: 'Phone' });
  const old = await server.turn((turn) => issueToken(turn, anna.id));
  expect((await list(anna)).map(({ device, address }) => [device, address])).toEqual([
    ['Phone', '2001:db8:5::/48'],
    ['', ''],
  ]);
  // A token from before logins were kept can be seen, used and ended like any other.
  const before = new Person(server, { id: anna.id, name: 'anna', token: old });
  await clock.pass(minute);
  await before.does('GET', '/users/@me');
  await clock.pass(2 * hour);
  const [first] = await list(anna);
  expect(first).toMatchObject({ device: 'Phone', current: true });
  const known = (await list(anna)).find(({ device }) => device === '');
  expect(known).toMatchObject({
    created_at: '2026-06-01T12:00:00.000Z',
    last_used_at: '2026-06-01T12:01:00.000Z',
  });
  await anna.does('DELETE', `/auth/sessions/${known.id}`);
  await before.isRefused(401, 'GET', '/users/@me');
});

test('a login from a new network is told to the others until one of them has looked', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings });
  const phone = await signsUp(server, 'anna', { device: 'Phone' });
  const ready = async (person: Person) => (await person.listens([])).ready;
  expect(await ready(phone)).not.toHaveProperty('new_login');
  // The same network, another host.
  await signsIn(server, 'anna', { address: '192.0.2.200', device: 'Tablet' });
  expect(await ready(phone)).not.toHaveProperty('new_login');

  const laptop = await signsIn(server, 'anna', { address: abroad, device: 'Laptop' });
  const told = { device: 'Laptop', address: '203.0.113.0/24', at: at(clock) };
  expect((await ready(phone))['new_login']).toEqual(told);
  expect(await ready(laptop)).not.toHaveProperty('new_login');
  const bob = await signsUp(server, 'bob', { address: office });
  expect(await ready(bob)).not.toHaveProperty('new_login');
  // The new one cannot hide itself, and whoever else looks at their own list changes nothing.
  await list(laptop);
  await list(bob);
  expect((await ready(phone))['new_login']).toEqual(told);

  // A second one from there is not new any more, and does not hide the first.
  await clock.pass(minute);
  const second = await signsIn(server, 'anna', { address: abroad, device: 'Second' });
  expect((await ready(second))['new_login']).toEqual(told);
  await clock.pass(minute);
  await signsIn(server, 'anna', { address: office, device: 'Newest' });
  expect((await ready(phone))['new_login']).toMatchObject({ device: 'Newest' });

  await list(phone);
  expect(await ready(phone)).not.toHaveProperty('new_login');
  expect(await ready(second)).not.toHaveProperty('new_login');
});

test('a new login is told although it was ended; a network is new again after 30 days', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings });
  await signsUp(server, 'anna', { device: 'Phone' });
  await clock.leap(20 * day);
  const laptop = await signsIn(server, 'anna', { address: office, device: 'Laptop' });
  await clock.leap(11 * day);
  const again = await signsIn(server, 'anna', { address: home, device: 'Phone again' });
  await again.does('POST', '/auth/logout');
  expect((await laptop.listens([])).ready['new_login']).toEqual({
    device: 'Phone again',
    address: '192.0.2.0/24',
    at: at(clock),
  });
});

test('a use is seen at once, and written an hour later by a timer, never by the request', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings });
  const anna = await signsUp(server, 'anna');
  const began = clock.now();
  await clock.pass(minute);
  const before = written(server);
  await anna.does('GET', '/users/@me');
  await clock.pass(0);
  expect(written(server)).toBe(before);
  expect((await list(anna))[0].last_used_at).toBe(at(clock));
  await clock.pass(30 * minute);
  await anna.does('GET', '/users/@me');
  const used_at = clock.now();
  expect(rowsOf(server, anna)).toMatchObject([{ last_used_at: began }]);
  await clock.pass(30 * minute);
  expect(rowsOf(server, anna)).toMatchObject([{ last_used_at: used_at }]);
  // Unused, it stays so.
  await clock.pass(3 * hour);
  expect(rowsOf(server, anna)).toMatchObject([{ last_used_at: used_at }]);
});

test('IDENTIFY and RESUME are uses', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings });
  const anna = await signsUp(server, 'anna');
  const last = async () =>
    (await server.admin.does('GET', `/admin/users/${anna.id}/logins`))[0].last_used_at;
  await clock.pass(minute);
  const ears = await anna.listens();
  expect(await last()).toBe(at(clock));
  ears.drop();
  await ears.closes();
  await clock.pass(minute);
  await anna.resumes(ears.ready['session_id'], ears.seq);
  expect(await last()).toBe(at(clock));
});

test('a server that is stopped writes what was used last', async () => {
  using folder = emptyFolder();
  const clock = new FakeClock();
  const path = `${folder.path}/accord.db`;
  const first = await startTest({
    clock,
    settings: { ...settings, DATABASE_URL: `sqlite:${path}` },
  });
  const anna = await signsUp(first, 'anna');
  await clock.pass(minute);
  await anna.does('GET', '/users/@me');
  const used_at = clock.now();
  await first.stop();
  using database = new Database(path, { readonly: true });
  const rows = 'SELECT last_used_at FROM logins WHERE user_id = ?';
  expect(database.query(rows).get(anna.id)).toEqual({ last_used_at: used_at });
});

test('revoke-all ends every login, or all but the one that asks', async () => {
  await using server = await startTest({ settings });
  const phone = await signsUp(server, 'anna', { device: 'Phone' });
  const laptop = await signsIn(server, 'anna', { device: 'Laptop' });
  const [phones, laptops] = [await phone.listens(), await laptop.listens()];
  expect(
    (await phone.call('POST', '/auth/sessions/revoke-all', { keep_current: true })).body,
  ).toEqual({ data: { ok: true } });
  expect(await laptops.closes()).toBe(4004);
  await laptop.isRefused(401, 'GET', '/users/@me');
  await phones.unread();
  expect(phones.closed).toBeNull();
  expect(await devices(phone)).toEqual(['Phone']);

  const tablet = await signsIn(server, 'anna', { device: 'Tablet' });
  await phone.does('POST', '/auth/sessions/revoke-all', { keep_current: false });
  expect(await phones.closes()).toBe(4004);
  await tablet.isRefused(401, 'GET', '/users/@me');
  const last = await signsIn(server, 'anna');
  await last.does('POST', '/auth/sessions/revoke-all');
  await last.isRefused(401, 'GET', '/users/@me');
});

test('ended logins are remembered for some days after their last use, living ones as long as they live', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings });
  const phone = await signsUp(server, 'anna', { device: 'Phone' });
  await clock.leap(5 * day);
  await phone.does('GET', '/users/@me');
  await phone.does('POST', '/auth/logout');
  const laptop = await signsIn(server, 'anna', { device: 'Laptop' });
  const known = () => rowsOf(server, laptop).map(({ device }) => device);
  await clock.leap(29 * day);
  expect(known()).toEqual(['Phone', 'Laptop']);
  await clock.leap(day);
  await clock.pass(2 * hour);
  // The laptop's token has expired by now, and it was not used since.
  expect(known()).toEqual([]);

  await server.turn(({ tx }) => tx.sqlite.run('UPDATE instance SET login_days = 2'));
  const tablet = await signsIn(server, 'anna', { device: 'Tablet' });
  const watch = await signsIn(server, 'anna', { device: 'Watch' });
  await watch.does('POST', '/auth/logout');
  await clock.leap(day);
  expect(known()).toEqual(['Tablet', 'Watch']);
  await clock.leap(day);
  await clock.pass(2 * hour);
  expect(known()).toEqual(['Tablet']);
  expect(await devices(tablet)).toEqual(['Tablet']);
});

test('looking for old logins passes over any number of living ones', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings });
  const anna = await signsUp(server, 'anna', { device: 'Phone' });
  await server.turn((turn) => {
    turn.tx.sqlite.run('UPDATE instance SET login_days = 1');
    const row = { user_id: anna.id, address: home, is_new: false, last_used_at: turn.now };
    for (let n = 0; n < 600; n += 1) {
      const hash = hashToken(newToken());
      const at_ms = { created_at: turn.now, last_used_at: turn.now };
      const expires_at = turn.now + 30 * day;
      insertToken(turn.tx, { hash, user_id: anna.id, kind: 'user', expires_at, ...at_ms });
      insertLogin(turn.tx, { ...row, ...at_ms, token_hash: hash, device: 'Bench' });
    }
    const ended = { token_hash: hashToken(newToken()), device: 'Ended' };
    insertLogin(turn.tx, { ...row, ...ended, created_at: turn.now, last_used_at: turn.now + 1 });
  });
  const known = () => new Set(rowsOf(server, anna).map(({ device }) => device));
  expect(known()).toEqual(new Set(['Phone', 'Bench', 'Ended']));
  await clock.leap(2 * day);
  while (known().has('Ended')) await clock.pass(hour);
  expect(known()).toEqual(new Set(['Phone', 'Bench']));
});

test('of one account 200 logins are kept: the oldest ended ones go', async () => {
  await using server = await startTest({ settings });
  const first = await signsUp(server, 'anna', { device: 'First' });
  const { id } = first;
  await server.turn((turn) => {
    for (let n = 0; n < 210; n += 1) {
      const token_hash = hashToken(newToken());
      const created_at = turn.now + n + 1;
      const row = { token_hash, user_id: id, address: home, device: `${n}`, created_at };
      insertLogin(turn.tx, { ...row, last_used_at: created_at, is_new: false });
    }
  });
  const known = rowsOf(server, first).map(({ device }) => device);
  // The first one is not ended.
  expect(known).toHaveLength(201);
  expect(known).toEqual(['First', ...Array.from({ length: 200 }, (_, n) => `${n + 10}`)]);
});

test('of an account that is deleted nothing is left of where it came from', async () => {
  await using server = await startTest({ settings });
  const [anna, bob] = [await signsUp(server, 'anna'), await signsUp(server, 'bob')];
  for (const { name: username } of [anna, bob]) {
    const reply = await server.call('POST', '/auth/login', { username, password: 'wrong horse' });
    expect(reply.status).toBe(401);
  }
  const failures = () => server.admin.does('GET', '/admin/failed-logins');
  expect(await failures()).toHaveLength(2);
  await anna.does('DELETE', '/users/@me', { password: 'correct horse' });
  const left = ['logins', 'login_addresses', 'failed_logins'].map((table) =>
    server.app.db.sqlite.query(`SELECT user_id FROM ${table}`).all(),
  );
  expect(left).toEqual([[{ user_id: bob.id }], [{ user_id: bob.id }], [{ user_id: bob.id }]]);
});

test('instance admins read the logins of an account, and each reading is an entry with its reason', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings });
  const { admin } = server;
  const phone = await signsUp(server, 'anna', { device: 'Phone' });
  await clock.pass(minute);
  const laptop = await signsIn(server, 'anna', { address: office, device: 'Laptop' });
  await phone.does('POST', '/auth/logout');
  const path = `/admin/users/${phone.id}/logins`;
  const headers = { authorization: admin.authorization, 'x-audit-log-reason': 'asked%20for' };
  const entries = () => admin.does('GET', '/admin/audit-log?action_type=login_read');
  const all = (await server.call('GET', path, undefined, headers)).data;
  expect(all).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      address: office,
      device: 'Laptop',
      created_at: at(clock),
      last_used_at: at(clock),
    },
    {
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      address: home,
      device: 'Phone',
      created_at: '2026-06-01T12:00:00.000Z',
      last_used_at: at(clock),
    },
  ]);
  expect(all[0].id).toBe((await list(laptop))[0].id);
  const entry = {
    user_id: admin.id,
    action_type: 'login_read',
    target_type: 'user',
    target_id: phone.id,
  };
  expect(await entries()).toMatchObject([{ ...entry, reason: 'asked for' }]);

  const first = await admin.does('GET', `${path}?limit=1`);
  expect(first).toEqual([all[0]]);
  expect(await admin.does('GET', `${path}?limit=1&after=${first[0].id}`)).toEqual([all[1]]);
  expect(await admin.does('GET', `${path}?after=${all[1].id}`)).toEqual([]);
  const made = await entries();
  expect(made).toHaveLength(4);
  expect(made[0]).toMatchObject(entry);
  expect(made[0]).not.toHaveProperty('reason');

  // Nothing is read without an entry, and nothing is noted of what was refused.
  await laptop.isRefused(403, 'GET', path);
  await admin.isRefused(404, 'GET', '/admin/users/1/logins');
  await admin.isRefused(400, 'GET', `${path}?limit=x`);
  const bad = { ...headers, 'x-audit-log-reason': '%' };
  expect((await server.call('GET', path, undefined, bad)).status).toBe(400);
  expect(await entries()).toHaveLength(4);
});

test('the log is asked again whether it is an admin who reads', async () => {
  await using server = await startTest({ settings });
  const { admin, app } = server;
  const anna = await signsUp(server, 'anna');
  const { write } = app;
  // Between the first look and the turn that writes the entry.
  const demote = (turn: Turn) => {
    turn.tx.sqlite.run('UPDATE users SET is_admin = 0 WHERE id = ?', [admin.id]);
    changesToken(app, hashToken(admin.token));
  };
  Object.assign(app, {
    write(...given: Parameters<typeof write>) {
      Object.assign(app, { write });
      void write(demote as never);
      return write(...given);
    },
  });
  await admin.isRefused(403, 'GET', `/admin/users/${anna.id}/logins`);
  const count = 'SELECT count(*) AS n FROM admin_entries';
  expect(app.db.sqlite.rows({ n: 'number' }, count).get()).toEqual({ n: 0 });
});
