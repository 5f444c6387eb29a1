// Accounts that wait until an admin has approved them.
import { expect, test } from 'bun:test';
import { FakeClock } from '../support/clock.ts';
import type { Reply } from '../support/person.ts';
import { dropped } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { password, personOf, registers, setSettings } from '../support/unclaimed.ts';
import { world } from '../support/world.ts';

async function pickyServer(columns: object = {}, settings: Record<string, string> = {}) {
  const many = { REGISTRATIONS_PER_ADDRESS: '0' };
  const server = await startTest({ settings: { ...many, ...settings }, clock: new FakeClock() });
  await setSettings(server, { registration_approval: 1, ...columns });
  return server;
}

const login = (server: TestServer, username: string, given = password) =>
  server.call('POST', '/auth/login', { username, password: given });

const waits = ({ status, code, body }: Reply) => {
  expect([status, code]).toEqual([403, 'forbidden']);
  expect(body.error.message).toContain('waits for approval');
};

const listed = (server: { admin: any }, query = ''): Promise<any[]> =>
  server.admin.does('GET', `/admin/registrations${query}`);

const decide = (server: { admin: any }, id: string, how: string, body: object = {}): Promise<any> =>
  server.admin.does('POST', `/admin/registrations/${id}/${how}`, body);

test('an account waits until an admin approves it, and nothing finds it before', async () => {
  await using server = await pickyServer();
  const ears = await server.admin.listens();
  const anna = await server.person('anna');
  const annas = await anna.listens();
  await ears.unread();
  const made = await registers(server, 'bob', { display_name: 'Bob', reason: 'I am Bob.' });
  waits(made);
  expect(made.data).toBeUndefined();
  const [waiting] = await listed(server);
  expect(waiting).toEqual({
    user: {
      id: expect.stringMatching(/^\d+$/),
      username: 'bob',
      display_name: 'Bob',
      avatar: null,
      banner: null,
      accent_color: null,
      bio: null,
      bot: false,
      system: false,
      public_flags: 0,
      created_at: expect.any(String),
    },
    reason: 'I am Bob.',
    address: '127.0.0.1',
    created_at: expect.any(String),
  });
  expect((await ears.hears('registration.create')).data).toEqual(waiting);
  await ears.hearsNothing();
  await annas.hearsNothing();
  const { id } = waiting.user;
  await anna.isRefused(404, 'GET', `/users/${id}`);
  expect(await anna.does('GET', '/users/search?query=bob')).toEqual([]);
  waits(await login(server, 'bob'));
  waits(await login(server, ' BOB '));
  expect((await login(server, 'bob', 'wrong horse')).status).toBe(401);

  const user = await decide(server, id, 'approve', { reason: 'a friend' });
  expect(user).toMatchObject({ id, username: 'bob', display_name: 'Bob', is_admin: false });
  expect(user).toHaveProperty('mfa_enabled', false);
  expect((await ears.hears('member.join')).data).toMatchObject({ user_id: id });
  expect((await annas.hearsExactly('member.join'))[0]?.data).toMatchObject({ user_id: id });
  const bob = personOf(server, await login(server, 'bob'));
  expect(bob.id).toBe(id);
  expect(await bob.does('GET', '/users/@me/spaces')).toMatchObject([{ slug: 'general' }]);
  expect(await listed(server)).toEqual([]);
  await server.admin.isRefused(404, 'POST', `/admin/registrations/${id}/approve`, {});
  const [entry] = await server.admin.does('GET', '/admin/audit-log');
  expect(entry).toMatchObject({
    user_id: server.admin.id,
    action_type: 'registration_approve',
    target_type: 'registration',
    target_id: id,
    reason: 'a friend',
    changes: { username: 'bob' },
  });
});

test('a decision is told to the admins alone', async () => {
  await using server = await pickyServer();
  await registers(server, 'bob');
  await registers(server, 'cleo');
  const [bob, cleo] = await listed(server);
  const anna = await server.person('anna');
  const [ears, annas] = [await server.admin.listens([]), await anna.listens()];
  await ears.unread();
  await decide(server, bob.user.id, 'reject');
  expect((await ears.hears('registration.update')).data).toEqual({ ...bob, state: 'rejected' });
  await annas.hearsNothing();
  await decide(server, cleo.user.id, 'approve');
  expect((await ears.hears('registration.update')).data).toEqual({ ...cleo, state: 'approved' });
  expect((await annas.unread()).map(({ type }) => type)).not.toContain('registration.update');
});

test('an administrator who was away hears who waits, by their names', async () => {
  await using server = await pickyServer();
  const { session_id, seq } = await dropped(await server.admin.listens());
  await registers(server, 'bob', { reason: 'I am Bob.' });
  await registers(server, 'cleo');
  const [bob, cleo] = await listed(server);
  await decide(server, cleo.user.id, 'reject');
  const { missed } = await server.admin.resumes(session_id, seq);
  const heard = missed.filter(({ type }) => type?.startsWith('registration.'));
  expect(heard.map(({ type }) => type)).toEqual(['registration.create', 'registration.update']);
  expect(heard[0]?.data).toEqual(bob);
  expect(heard[1]?.data).toMatchObject({ user: { id: cleo.user.id }, state: 'rejected' });
});

test('who is rejected is unknown', async () => {
  await using server = await pickyServer();
  await registers(server, 'bob');
  const [{ user }] = (await listed(server)) as [any];
  expect(await decide(server, user.id, 'reject', { reason: 'who?' })).toBeNull();
  expect((await login(server, 'bob')).status).toBe(401);
  await server.admin.isRefused(404, 'POST', `/admin/registrations/${user.id}/reject`, {});
  await server.admin.isRefused(404, 'GET', `/users/${user.id}`);
  const [entry] = await server.admin.does('GET', '/admin/audit-log');
  expect(entry).toMatchObject({ action_type: 'registration_reject', reason: 'who?' });
});

test('administrators alone read and decide; the list is in pages', async () => {
  await using server = await pickyServer();
  const names = ['bob', 'cleo', 'dora'];
  for (const name of names) await registers(server, name);
  const all = await listed(server);
  expect(all.map(({ user }) => user.username)).toEqual(names);
  const [first, second, third] = all;
  expect(await listed(server, '?limit=1')).toEqual([first]);
  expect(await listed(server, `?limit=1&after=${first.user.id}`)).toEqual([second]);
  expect(await listed(server, `?after=${third.user.id}`)).toEqual([]);
  const anna = await server.person('anna');
  await anna.isRefused(403, 'GET', '/admin/registrations');
  for (const how of ['approve', 'reject']) {
    await anna.isRefused(403, 'POST', `/admin/registrations/${first.user.id}/${how}`, {});
  }
  expect(await listed(server)).toEqual(all);
});

test('a name that waits is taken, for newcomers and for who wants another name', async () => {
  await using server = await pickyServer();
  waits(await registers(server, 'bob'));
  expect((await registers(server, 'bob', { password: 'another horse' })).status).toBe(409);
  const anna = await server.person('anna');
  await anna.isRefused(409, 'PATCH', '/users/@me', { username: 'bob' });
  await setSettings(server, { registration_approval: 0 });
  expect((await registers(server, 'bob')).status).toBe(409);
  // Two at once: one of them waits.
  await setSettings(server, { registration_approval: 1 });
  const both = await Promise.all([registers(server, 'cleo'), registers(server, 'cleo')]);
  expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([403, 409]);
  // Whoever waits still does, whatever the settings are by now.
  await setSettings(server, { registration_approval: 0 });
  waits(await login(server, 'bob'));
  const [bob] = await listed(server);
  await decide(server, bob.user.id, 'reject');
  await anna.does('PATCH', '/users/@me', { username: 'bobby' });
});

test('an account that has the name by now keeps it: the registration goes on waiting', async () => {
  await using server = await pickyServer();
  await registers(server, 'bob');
  const [{ user }] = (await listed(server)) as [any];
  server.app.db.sqlite.run("UPDATE users SET username = 'bob' WHERE username = 'nobody'");
  await server.admin.isRefused(409, 'POST', `/admin/registrations/${user.id}/approve`, {});
  expect(await listed(server)).toHaveLength(1);
});

test('at most two hundred wait', async () => {
  await using server = await pickyServer();
  await server.turn(({ tx, now }) => {
    tx.sqlite.run(
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 199)
       INSERT INTO registrations (id, username, display_name, password_hash, reason, address, created_at)
       SELECT 1000 + n, 'many_' || n, '', '', '', '', ? FROM numbers`,
      [now],
    );
  });
  waits(await registers(server, 'bob'));
  const { status, body } = await registers(server, 'cleo');
  expect([status, body.error.message]).toEqual([
    403,
    'Too many accounts wait for approval; try again later.',
  ]);
  expect((await login(server, 'cleo')).status).toBe(401);
  await decide(server, '1001', 'reject');
  waits(await registers(server, 'cleo'));
});

test('an invite that is used by who waits leads into its space with the approval', async () => {
  await using server = await pickyServer({ registration_policy: 'invite_only' });
  const { anna, space } = await world(server, 'anna');
  const invite = await anna.does('POST', `/spaces/${space.id}/invites`, { max_uses: 1 });
  const uses = async () => (await anna.does('GET', `/invites/${invite.code}`)).uses;
  // Needs an invite in the first place.
  expect((await registers(server, 'bob')).body.error.message).toContain('by invite');
  waits(await registers(server, 'bob', { invite_code: invite.code }));
  expect(await uses()).toBe(1);
  expect(
    (await registers(server, 'cleo', { invite_code: invite.code })).body.error.message,
  ).toContain('used up');
  const [waiting] = await listed(server);
  expect(waiting.invite_code).toBe(invite.code);
  await decide(server, waiting.user.id, 'approve');
  const bob = personOf(server, await login(server, 'bob'));
  const spaces = await bob.does('GET', '/users/@me/spaces');
  expect(spaces.map(({ name }: any) => name).toSorted()).toEqual(['General', 'Home']);
  expect(await uses()).toBe(1);
});

test('an invite whose space is full by then, or that was revoked, leaves the account without it', async () => {
  await using server = await pickyServer();
  const { anna, space } = await world(server, 'anna');
  const make = () => anna.does('POST', `/spaces/${space.id}/invites`, {});
  const [full, revoked] = [await make(), await make()];
  waits(await registers(server, 'bob', { invite_code: full.code }));
  waits(await registers(server, 'cleo', { invite_code: revoked.code }));
  await anna.does('DELETE', `/invites/${revoked.code}`);
  const [bob, cleo] = await listed(server);
  await decide(server, cleo.user.id, 'approve');
  await setSettings(server, { max_members_per_space: 1 });
  await decide(server, bob.user.id, 'approve');
  await setSettings(server, { max_members_per_space: 0 });
  for (const [name, spaces] of [
    ['bob', []],
    ['cleo', ['General']],
  ] as const) {
    const person = personOf(server, await login(server, name));
    const in_ = await person.does('GET', '/users/@me/spaces');
    expect(in_.map((one: any) => one.name)).toEqual([...spaces]);
  }
});

test('an invite to the server may skip the approval, named or at the door', async () => {
  await using server = await pickyServer();
  const wish = { max_uses: 2, skip_approval: true };
  const skips = await server.admin.does('POST', '/admin/invites', wish);
  const plain = await server.admin.does('POST', '/admin/invites', {});
  const made = await registers(server, 'bob', { invite_code: skips.code });
  expect([made.status, made.data.user.username]).toEqual([200, 'bob']);
  waits(await registers(server, 'cleo', { invite_code: plain.code }));
  const page = await server.call('GET', `//invite/${skips.code}`);
  expect(page.body).toContain('<form');
  expect((await server.call('GET', `//invite/${plain.code}`)).body).not.toContain('<form');
  await server.call('POST', `//invite/${skips.code}/door`);
  expect((await registers(server, 'dora')).status).toBe(200);
  waits(await registers(server, 'emil'));
});

test('who waits counts as registered, and a wrong password of theirs as any other', async () => {
  await using server = await pickyServer({}, { REGISTRATIONS_PER_ADDRESS: '1' });
  waits(await registers(server, 'bob'));
  expect((await registers(server, 'cleo')).status).toBe(429);
  for (let n = 0; n < 4; n += 1) expect((await login(server, 'bob', 'wrong')).status).toBe(401);
  // The right one begins anew.
  waits(await login(server, 'bob'));
  for (let n = 0; n < 5; n += 1) expect((await login(server, 'bob', 'wrong')).status).toBe(401);
  expect((await login(server, 'bob')).status).toBe(429);
});

test('the reason is bounded, and its bound is told', async () => {
  await using server = await pickyServer();
  const { status, body } = await registers(server, 'bob', { reason: 'x'.repeat(501) });
  expect([status, Object.keys(body.error.details)]).toEqual([400, ['reason']]);
  waits(await registers(server, 'bob', { reason: 'x'.repeat(500) }));
});
