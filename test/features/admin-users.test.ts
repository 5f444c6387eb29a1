// What instance admins do to accounts: who is told, whose access moves at once, whose sockets close, and what is refused.
import { expect, test } from 'bun:test';
import { issueToken } from '../../src/features/doors/auth/actions.ts';
import { setAdmin, setDisabled, setPassword } from '../../src/features/server/admin/actions.ts';
import { insertUser } from '../../src/features/people/users/queries.ts';
import { acts, botOf, promote, registered } from '../support/admins.ts';
import { FakeLiveKit } from '../support/fake-livekit.ts';
import { Person } from '../support/person.ts';
import { dropped, refusal } from '../support/resuming.ts';
import { startTest } from '../support/server.ts';
import { empower, hiddenChannel, listening, voiceChannel, world } from '../support/world.ts';

const user = (person: { id: string }) => `/admin/users/${person.id}`;

const patch = (by: Person, person: { id: string }, change: object) =>
  by.does('PATCH', user(person), change);

async function systemId(admin: Person): Promise<string> {
  const users: any[] = await admin.does('GET', '/admin/users');
  return users.find(({ system }) => system).id;
}

test('only instance admins get in', async () => {
  await using server = await startTest();
  const { anna, bob } = await world(server, 'anna', 'bob');
  await anna.isRefused(403, 'GET', '/admin/users');
  await anna.isRefused(403, 'GET', user(bob));
  await anna.isRefused(403, 'PATCH', user(bob), { disabled: true });
  await anna.isRefused(403, 'PATCH', user(anna), { is_admin: true });
  await anna.isRefused(403, 'DELETE', user(bob));
  const reset = { new_password: 'battery staple' };
  await anna.isRefused(403, 'POST', `${user(bob)}/reset-password`, reset);
  await bob.does('GET', '/users/@me');
  expect(await acts(server.admin)).toEqual([]);
});

test('who is made an admin sees and may everything at once, and hears of it; nobody else does', async () => {
  await using server = await startTest();
  const { admin } = server;
  const home = await world(server, 'anna', 'bob', 'cleo');
  const { anna, bob, cleo, space } = home;
  const hidden = await hiddenChannel(home);
  const [annas, bobs, cleos] = await listening(
    [anna, bob, cleo],
    ['spaces', 'messages', 'members'],
  );
  await bob.isRefused(403, 'GET', `/channels/${hidden.id}/messages`);

  const answer = await patch(admin, bob, { is_admin: true });

  expect(answer).toMatchObject({ id: bob.id, is_admin: true, disabled: false });
  const [own, gained] = await bobs.hearsExactly('user.update', 'channel.create');
  expect([own?.data['is_admin'], gained?.data['id']]).toEqual([true, hidden.id]);
  await bob.does('GET', '/admin/settings');
  await anna.says(hidden, 'psst');
  expect((await bobs.hears('message.create')).data['content']).toBe('psst');
  await annas.hearsExactly('message.create');
  await cleos.hearsNothing();

  await patch(admin, bob, { is_admin: false });

  const [after, lost] = await bobs.hearsExactly('user.update', 'channel.delete');
  expect([after?.data['is_admin'], lost?.data['id']]).toEqual([false, hidden.id]);
  await bob.isRefused(403, 'GET', '/admin/settings');
  await bob.isRefused(403, 'GET', `/channels/${hidden.id}/messages`);
  await bob.isRefused(403, 'PATCH', `/spaces/${space.id}`, { name: 'Mine' });
  await anna.says(hidden, 'still here?');
  await bobs.hearsNothing();
  await cleos.hearsNothing();
  expect(await acts(admin)).toEqual([
    ['user_update', bob.id, { is_admin: { old: true, new: false } }],
    ['user_update', bob.id, { is_admin: { old: false, new: true } }],
  ]);
});

test('a session that is away when its account ceases to administer cannot resume', async () => {
  await using server = await startTest();
  const { bob, cleo } = await world(server, 'anna', 'bob', 'cleo');
  await promote(server.admin, bob);
  const [bobs, cleos] = [await bob.listens(), await cleo.listens()];
  const [away, other] = [await dropped(bobs), await dropped(cleos)];
  await patch(server.admin, bob, { is_admin: false });
  expect(await refusal(bob, away)).toBe(4009);
  await cleo.resumes(other.session_id, other.seq);
});

test('who is disabled is out at once: requests, sockets, presence, voice, sign-in', async () => {
  const livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const { admin } = server;
  const home = await world(server, 'anna', 'cleo');
  const { anna, cleo, space } = home;
  const bob = await registered(server, 'bob', 'correct horse');
  await bob.joins(space);
  const channel = await voiceChannel(home);
  await bob.does('POST', `/channels/${channel.id}/voice/join`, {});
  const cleos = await cleo.listens();
  const bobs = await bob.listens();
  const second = await bob.listens(['messages']);
  const third = await bob.listens([]);
  const away = await dropped(third);
  const intents = ['spaces', 'messages', 'voice_states', 'presences', 'members'];
  const [annas] = await listening([anna], intents);
  await cleos.unread();

  expect(await patch(admin, bob, { disabled: true })).toMatchObject({ disabled: true });

  expect([await bobs.closes(), await second.closes()]).toEqual([4004, 4004]);
  const left = await annas.hears('voice.state_update');
  expect(left.data).toMatchObject({ user_id: bob.id, channel_id: null });
  const offline = await annas.hears('presence.update');
  expect(offline.data).toMatchObject({ user_id: bob.id, status: 'offline' });
  await annas.hearsNothing();
  await bob.isRefused(401, 'GET', '/users/@me');
  expect(await refusal(bob, away)).toBe(4004);
  const credentials = { username: 'bob', password: 'correct horse' };
  expect((await server.call('POST', '/auth/login', credentials)).status).toBe(403);
  await cleo.does('GET', '/users/@me');
  expect(cleos.closed).toBeNull();

  await patch(admin, bob, { disabled: false });

  // The tokens are gone, and another sign-in works.
  await bob.isRefused(401, 'GET', '/users/@me');
  const login = await server.call('POST', '/auth/login', credentials);
  bob.token = login.data.token;
  await bob.does('GET', `/spaces/${space.id}/channels`);
  expect((await acts(admin)).map(([action, , changes]) => [action, changes])).toEqual([
    ['user_update', { disabled: { old: true, new: false } }],
    ['user_update', { disabled: { old: false, new: true } }],
  ]);
});

test('bots stop with their owner, and go on with the same token', async () => {
  const livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const { admin } = server;
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space, general } = home;
  const [bot, other] = [await botOf(bob), await botOf(anna, 'Pong')];
  await empower(home, bob, 'manage_space');
  await bot.joins(space);
  await other.joins(space);
  const channel = await voiceChannel(home);
  await bot.does('POST', `/channels/${channel.id}/voice/join`, {});
  const [bots, others] = [await bot.listens(), await other.listens()];
  const [annas] = await listening([anna], ['voice_states', 'presences', 'messages']);

  await patch(admin, bob, { disabled: true });

  expect(await bots.closes()).toBe(4004);
  await annas.hears('voice.state_update', ({ user_id }) => user_id === bot.id);
  await annas.hears('presence.update', (data) => data['user_id'] === bot.id);
  await bot.isRefused(401, 'POST', `/channels/${general.id}/messages`, { content: 'beep' });
  await other.says(general, 'beep');
  expect(others.closed).toBeNull();

  await patch(admin, bob, { disabled: false });

  await bot.says(general, 'beep');
  expect((await bot.listens()).ready['user']).toMatchObject({ id: bot.id, disabled: false });

  // The bot alone.
  const again = await bot.listens();
  await patch(admin, bot, { disabled: true });
  expect(await again.closes()).toBe(4004);
  await bot.isRefused(401, 'GET', '/users/@me');
  await patch(admin, bot, { disabled: false });
  await bot.does('GET', '/users/@me');
});

test('nobody locks themselves or everybody out', async () => {
  await using server = await startTest();
  const { admin } = server;
  const bob = await server.person('bob');
  await admin.isRefused(400, 'PATCH', user(admin), { is_admin: false });
  await admin.isRefused(400, 'PATCH', user(admin), { disabled: true });
  await admin.isRefused(400, 'DELETE', user(admin));
  await promote(admin, bob);
  await admin.isRefused(400, 'PATCH', user(admin), { is_admin: false });
  await admin.isRefused(400, 'PATCH', user(admin), { disabled: true });
  await admin.isRefused(400, 'DELETE', user(bob));
  await patch(admin, bob, { disabled: true });
  // A disabled admin is none that could help.
  const last = async (change: (turn: any) => unknown) =>
    (await server.turn(change).catch((error: unknown) => error)) as Error;
  expect(await last((turn) => setAdmin(turn, null, admin.id, false))).toMatchObject({
    problem: 'invalid_request',
  });
  expect(await last((turn) => setDisabled(turn, null, admin.id, true))).toMatchObject({
    problem: 'invalid_request',
  });
  await patch(admin, bob, { is_admin: false });
  await patch(admin, bob, { disabled: false });
  expect(await admin.does('GET', user(admin))).toMatchObject({ is_admin: true, disabled: false });
});

test('of two admins who demote or disable one another at once exactly one stays', async () => {
  for (const change of [{ is_admin: false }, { disabled: true }]) {
    await using server = await startTest();
    const { admin } = server;
    const bob = await server.person('bob');
    await promote(admin, bob);
    const replies = await Promise.all([
      admin.call('PATCH', user(bob), change),
      bob.call('PATCH', user(admin), change),
    ]);
    const statuses = replies.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([200, 'disabled' in change ? 401 : 403]);
    const left = replies[0]?.status === 200 ? admin : bob;
    const users: any[] = await left.does('GET', '/admin/users');
    const able = users.filter(({ is_admin, disabled }) => is_admin && !disabled);
    expect(able.map(({ id }) => id)).toEqual([left.id]);
  }
});

test('the operator at the machine does the same, and the log says that nobody of the server did', async () => {
  await using server = await startTest();
  const { admin } = server;
  const bob = await server.person('bob');
  const bobs = await bob.listens();
  await server.turn((turn) => setAdmin(turn, null, bob.id, true));
  await bobs.hears('user.update', ({ is_admin }) => is_admin === true);
  await bob.does('GET', '/admin/settings');
  await server.turn((turn) => setDisabled(turn, null, bob.id, true));
  expect(await bobs.closes()).toBe(4004);
  await server.turn((turn) => setPassword(turn, null, bob.id, 'none'));
  const entries: any[] = await admin.does('GET', '/admin/audit-log');
  expect(entries.map(({ user_id, action_type }) => [user_id, action_type])).toEqual([
    [undefined, 'password_reset'],
    [undefined, 'user_update'],
    [undefined, 'user_update'],
  ]);
});

test('names follow the rules of registration, and everybody who knows the account hears of them', async () => {
  await using server = await startTest();
  const { admin } = server;
  const { anna, bob } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  const [annas, bobs, cleos] = await listening([anna, bob, cleo], ['spaces']);
  const change = { username: 'robert', display_name: 'Bobby' };
  expect(await patch(admin, bob, change)).toMatchObject(change);
  expect((await annas.hearsExactly('user.update'))[0]?.data).not.toContainKey('is_admin');
  await bobs.hearsExactly('user.update', 'user.update');
  // Everybody of the first space knows one another.
  await cleos.hearsExactly('user.update');
  await admin.isRefused(409, 'PATCH', user(bob), { username: 'anna' });
  await admin.isRefused(400, 'PATCH', user(bob), { username: 'everyone' });
  await admin.isRefused(400, 'PATCH', user(bob), { username: 'No Name' });
  await admin.isRefused(400, 'PATCH', user(bob), { display_name: 'x'.repeat(33) });
  expect(await patch(admin, bob, { display_name: null, username: null })).toMatchObject({
    username: 'robert',
    display_name: null,
  });
  await patch(admin, bob, { is_admin: null, disabled: null, force_password_reset: null });
  expect((await acts(admin)).map(([, , changes]) => Object.keys(changes))).toEqual([
    ['display_name'],
    ['username', 'display_name'],
  ]);
});

test('System and bots stay what they are; unknown and deleted accounts are not found', async () => {
  await using server = await startTest();
  const { admin } = server;
  const bob = await server.person('bob');
  const bot = await botOf(bob);
  const system = { id: await systemId(admin) };
  const reset = { new_password: 'battery staple' };
  for (const change of [{ disabled: true }, { is_admin: true }, { username: 'sys' }]) {
    await admin.isRefused(400, 'PATCH', user(system), change);
  }
  await admin.isRefused(400, 'DELETE', user(system));
  await admin.isRefused(400, 'POST', `${user(system)}/reset-password`, reset);
  for (const change of [{ force_password_reset: true }, { is_admin: true }, { username: 'sys' }]) {
    await admin.isRefused(400, 'PATCH', user(bot), change);
  }
  await admin.isRefused(400, 'POST', `${user(bot)}/reset-password`, reset);
  expect(await admin.does('GET', user(bot))).toMatchObject({ bot: true, owner_id: bob.id });
  await server.turn(({ tx }) =>
    insertUser(tx, { id: '7', username: 'gone', created_at: 0, disabled: true, deleted_at: 1 }),
  );
  for (const id of ['7', '8', 'nonsense']) {
    await admin.isRefused(404, 'GET', user({ id }));
    await admin.isRefused(404, 'PATCH', user({ id }), { disabled: false });
    await admin.isRefused(404, 'DELETE', user({ id }));
    await admin.isRefused(404, 'POST', `${user({ id })}/reset-password`, reset);
  }
  expect(await acts(admin)).toEqual([]);
});

test('a password that an admin gives ends every login and the second factor, and has to be changed', async () => {
  await using server = await startTest();
  const { admin } = server;
  const bob = await registered(server, 'bob', 'correct horse');
  await server.turn(({ tx, now }) => {
    tx.sqlite.query('UPDATE users SET mfa_enabled = 1 WHERE id = ?').run(bob.id);
    const secret = 'INSERT INTO second_factors (user_id, secret, enabled_at) VALUES (?, ?, ?)';
    tx.sqlite.query(secret).run(bob.id, 'AAAA', now);
    tx.sqlite.query('INSERT INTO backup_codes VALUES (?, ?)').run(bob.id, 'x');
  });
  const second = new Person(server, {
    id: bob.id,
    name: 'bob',
    token: await server.turn((turn) => issueToken(turn, bob.id)),
  });
  const ears = [await bob.listens(), await second.listens()];
  const path = `${user(bob)}/reset-password`;
  await admin.isRefused(400, 'POST', path, { new_password: 'short' });
  await admin.isRefused(400, 'POST', path, { new_password: 'x'.repeat(129) });
  await admin.isRefused(400, 'POST', `${user(admin)}/reset-password`, {
    new_password: 'battery staple',
  });
  await bob.does('GET', '/users/@me');

  const answer = await admin.does('POST', path, { new_password: 'battery staple' });

  expect(answer).toEqual({ message: expect.any(String), force_password_reset: true });
  expect([await ears[0]?.closes(), await ears[1]?.closes()]).toEqual([4004, 4004]);
  await bob.isRefused(401, 'GET', '/users/@me');
  await second.isRefused(401, 'GET', '/users/@me');
  const login = (password: string) =>
    server.call('POST', '/auth/login', { username: 'bob', password });
  expect((await login('correct horse')).status).toBe(401);
  expect((await login('battery staple')).data).toMatchObject({
    force_password_reset: true,
    user: { id: bob.id, mfa_enabled: false },
  });
  for (const table of ['second_factors', 'backup_codes']) {
    expect(server.app.db.sqlite.query(`SELECT * FROM ${table}`).all()).toEqual([]);
  }
  expect(await acts(admin)).toEqual([['password_reset', bob.id, undefined]]);
  const kept = JSON.stringify(server.app.db.sqlite.query('SELECT * FROM admin_entries').all());
  expect(kept).not.toContain('battery');
});

test('a new password is asked for, or not any more, without a word to others', async () => {
  await using server = await startTest();
  const { admin } = server;
  const { anna, bob } = await world(server, 'anna', 'bob');
  const [annas] = await listening([anna], ['spaces', 'members']);
  const isAsked = async () => (await admin.does('GET', user(bob))).force_password_reset;
  await patch(admin, bob, { force_password_reset: true });
  expect(await isAsked()).toBe(true);
  await patch(admin, bob, { force_password_reset: false });
  expect(await isAsked()).toBe(false);
  await annas.hearsNothing();
  expect((await acts(admin)).map(([, , changes]) => changes)).toEqual([
    { force_password_reset: { old: true, new: false } },
    { force_password_reset: { old: false, new: true } },
  ]);
});

test('an account is deleted unless it administers the server or owns a space', async () => {
  await using server = await startTest();
  const { admin } = server;
  const { anna, bob } = await world(server, 'anna', 'bob');
  const bot = await botOf(anna);
  const [bobs, bots] = [await bob.listens(), await bot.listens()];
  await admin.isRefused(400, 'DELETE', user(anna));
  await promote(admin, bob);
  await admin.isRefused(400, 'DELETE', user(bob));
  await patch(admin, bob, { is_admin: false });
  expect(await admin.does('DELETE', user(bob))).toBeNull();
  expect(await bobs.closes()).toBe(4004);
  await bob.isRefused(401, 'GET', '/users/@me');
  await admin.isRefused(404, 'GET', user(bob));
  await admin.isRefused(404, 'DELETE', user(bob));
  expect(await admin.does('DELETE', user(bot))).toBeNull();
  expect(await bots.closes()).toBe(4004);
  expect(await anna.does('GET', '/applications')).toEqual([]);
  await admin.isRefused(404, 'GET', user(bot));
  const users: any[] = await admin.does('GET', '/admin/users');
  const ids = users.map(({ id }) => id);
  expect(ids).not.toContain(bob.id);
  expect(ids).not.toContain(bot.id);
  expect((await acts(admin)).slice(0, 2)).toEqual([
    ['user_delete', bot.id, { username: 'Ping Bot' }],
    ['user_delete', bob.id, { username: 'bob' }],
  ]);
});

test('the list goes by id, page by page, and finds parts of names in whatever spelling', async () => {
  await using server = await startTest();
  const { admin } = server;
  const { anna, bob } = await world(server, 'anna', 'bob');
  const hannah = await server.person('hannah');
  await botOf(hannah, 'Ännchen');
  const all: any[] = await admin.does('GET', '/admin/users');
  expect(all.map(({ username }) => username)).toEqual([
    'System',
    'nobody',
    'anna',
    'bob',
    'hannah',
    'Ännchen Bot',
  ]);
  expect(all[2]).toEqual({
    id: anna.id,
    username: 'anna',
    display_name: 'anna',
    avatar: null,
    bot: false,
    system: false,
    is_admin: false,
    disabled: false,
    created_at: expect.any(String),
    space_count: 2,
  });
  const paged: string[] = [];
  let after = '';
  for (let more = true; more;) {
    const { body } = await admin.call('GET', `/admin/users?limit=2${after}`);
    paged.push(...body.data.map(({ username }: any) => username));
    more = body.cursor?.has_more ?? false;
    after = `&after=${body.cursor?.after}`;
  }
  expect(paged).toEqual(all.map(({ username }) => username));
  const named = async (query: string) =>
    (await admin.does('GET', `/admin/users?${query}`)).map(({ username }: any) => username);
  expect(await named('search=NN')).toEqual(['anna', 'hannah', 'Ännchen Bot']);
  expect(await named('query=ann')).toEqual(['anna', 'hannah', 'Ännchen Bot']);
  expect(await named('query=zz')).toEqual([]);
  expect(await named('query=%25')).toEqual([]);
  expect(await named(`search=&after=${bob.id}`)).toEqual(['hannah', 'Ännchen Bot']);
  const first = await admin.call('GET', '/admin/users?query=ann&limit=1');
  expect(first.body.cursor).toEqual({ after: anna.id, has_more: true });
  expect(
    (await admin.call('GET', '/admin/users?query=hannah&limit=1')).body.cursor,
  ).toBeUndefined();
});

test('a search for what hardly anybody is called looks at so many accounts in one request', async () => {
  await using server = await startTest();
  const { admin } = server;
  const needle = await server.person('needle');
  await server.turn(({ tx }) =>
    tx.sqlite
      .query(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
         INSERT INTO users (id, username, created_at) SELECT printf('1%017d', i), 'hay' || i, 0 FROM n`,
      )
      .run(),
  );
  const first = await admin.call('GET', '/admin/users?query=needle');
  expect(first.data).toEqual([]);
  expect(first.body.cursor.has_more).toBe(true);
  const second = await admin.call(
    'GET',
    `/admin/users?query=needle&after=${first.body.cursor.after}`,
  );
  expect(second.data.map(({ id }: any) => id)).toEqual([needle.id]);
  expect(second.body.cursor).toBeUndefined();
});
