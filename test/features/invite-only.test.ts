// Who may register where that needs an invite: by its code, or by the button of its page.
import { expect, test } from 'bun:test';
import { FakeClock } from '../support/clock.ts';
import type { Person, Reply } from '../support/person.ts';
import { promote } from '../support/admins.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { personOf, registers, setSettings } from '../support/unclaimed.ts';
import { world } from '../support/world.ts';

const many = { REGISTRATIONS_PER_ADDRESS: '0' };

/** A server that takes registrations by invite, with a space of anna's. */
async function closedServer(columns: object = {}, settings: Record<string, string> = {}) {
  const clock = new FakeClock();
  const server = await startTest({ settings: { ...many, ...settings }, clock });
  await setSettings(server, { registration_policy: 'invite_only', ...columns });
  const home = await world(server, 'anna');
  const invites = (more: object = {}): Promise<any> =>
    home.anna.does('POST', `/spaces/${home.space.id}/invites`, more);
  const usesOf = async (invite: { code: string }): Promise<number> =>
    (await home.anna.does('GET', `/invites/${invite.code}`)).uses;
  const end = { [Symbol.asyncDispose]: () => server.stop() };
  return { server, clock, ...home, invites, usesOf, ...end };
}

const serverInvite = (server: { admin: Person }, more: object = {}): Promise<any> =>
  server.admin.does('POST', '/admin/invites', more);

const usesAtServer = async (server: { admin: Person }, { code }: { code: string }) =>
  (await server.admin.does('GET', '/admin/invites')).find((one: any) => one.code === code)?.uses;

const press = (server: TestServer, code: string, headers: Record<string, string> = {}) =>
  server.call('POST', `//invite/${code}/door`, undefined, headers);

const isForbidden = ({ status, code }: Reply) => {
  expect([status, code]).toEqual([403, 'forbidden']);
};

const spacesOf = async (person: Person): Promise<string[]> =>
  (await person.does('GET', '/users/@me/spaces')).map(({ name }: { name: string }) => name);

test('an invite to a space lets one register, costs a use and leads into that space too', async () => {
  await using here = await closedServer();
  const { server, anna, space, invites, usesOf } = here;
  isForbidden(await registers(server, 'bob'));
  isForbidden(await registers(server, 'bob', { invite_code: '' }));
  isForbidden(await registers(server, 'bob', { invite_code: 'nowhere7' }));
  const invite = await invites({ max_uses: 2 });
  const ears = await anna.listens();
  const made = await registers(server, 'bob', { invite_code: invite.code });
  expect(made.status).toBe(200);
  const bob = personOf(server, made);
  expect((await spacesOf(bob)).toSorted()).toEqual(['General', 'Home']);
  expect((await ears.hears('member.join')).data).toMatchObject({ user_id: bob.id });
  expect(await usesOf(invite)).toBe(1);
  const [entry] = await anna.does('GET', `/spaces/${space.id}/audit-log?action_type=invite_accept`);
  expect(entry).toMatchObject({ user_id: bob.id, changes: { invite_code: invite.code } });
  // As the client does afterwards: it is a member already.
  await bob.does('POST', `/invites/${invite.code}/accept`);
  expect(await usesOf(invite)).toBe(1);
});

test('what fails costs no use: a name that is taken, a bad name, the last use twice', async () => {
  await using here = await closedServer();
  const { server, invites, usesOf } = here;
  const invite = await invites({ max_uses: 1 });
  const by = { invite_code: invite.code };
  expect((await registers(server, 'anna', by)).status).toBe(409);
  expect((await registers(server, 'Bob', by)).status).toBe(400);
  expect(await usesOf(invite)).toBe(0);
  const both = await Promise.all([registers(server, 'bob', by), registers(server, 'cleo', by)]);
  expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 403]);
  expect(await usesOf(invite)).toBe(1);
  isForbidden(await registers(server, 'dora', by));
});

test('an invite that has ended, or leads into a space that is full, lets nobody register', async () => {
  await using here = await closedServer();
  const { server, clock, anna, space, invites } = here;
  const [old, revoked, full] = [await invites({ max_age: 60 }), await invites(), await invites()];
  await anna.does('DELETE', `/invites/${revoked.code}`);
  await clock.pass(61_000);
  for (const { code } of [old, revoked]) {
    isForbidden(await registers(server, 'bob', { invite_code: code }));
  }
  await setSettings(server, { max_members_per_space: 1 });
  isForbidden(await registers(server, 'bob', { invite_code: full.code }));
  expect((await anna.does('GET', `/invites/${full.code}`)).uses).toBe(0);
  await setSettings(server, { max_members_per_space: 0 });
  await anna.does('DELETE', `/spaces/${space.id}`);
  isForbidden(await registers(server, 'bob', { invite_code: full.code }));
});

test('a temporary invite to the first space makes no temporary member of it', async () => {
  await using here = await closedServer();
  const { server } = here;
  const [home] = await server.admin.does('GET', '/users/@me/spaces');
  const wish = { temporary: true, max_uses: 1 };
  const invite = await server.admin.does('POST', `/spaces/${home.id}/invites`, wish);
  const bob = personOf(server, await registers(server, 'bob', { invite_code: invite.code }));
  const row = server.app.db.sqlite
    .query<{ temporary: number }, [string]>('SELECT temporary FROM members WHERE user_id = ?')
    .get(bob.id);
  expect(row?.temporary).toBe(0);
  expect((await server.admin.does('GET', `/invites/${invite.code}`)).uses).toBe(1);
});

test('where members may not invite, invites to the server alone let one register', async () => {
  await using here = await closedServer({ members_may_invite: 0 });
  const { server, invites } = here;
  const invite = await invites();
  isForbidden(await registers(server, 'bob', { invite_code: invite.code }));
  const ticket = await serverInvite(server);
  const bob = personOf(server, await registers(server, 'bob', { invite_code: ticket.code }));
  expect(await spacesOf(bob)).toEqual(['General']);
  // Whoever has an account is invited as ever.
  await bob.does('POST', `/invites/${invite.code}/accept`);
});

test('where everybody may register an invite is used, too; one that is none is refused', async () => {
  await using here = await closedServer({
    registration_policy: 'open',
    members_may_invite: 0,
  });
  const { server, invites, usesOf } = here;
  const invite = await invites();
  isForbidden(await registers(server, 'bob', { invite_code: 'nowhere7' }));
  const bob = personOf(server, await registers(server, 'bob', { invite_code: invite.code }));
  expect((await spacesOf(bob)).toSorted()).toEqual(['General', 'Home']);
  expect(await usesOf(invite)).toBe(1);
});

test('a closed server takes nobody, whatever they bring', async () => {
  await using here = await closedServer({ registration_policy: 'closed' });
  const { server, invites } = here;
  const ticket = await serverInvite(server);
  for (const { code } of [await invites(), ticket]) {
    isForbidden(await registers(server, 'bob', { invite_code: code }));
    const page = await press(server, code);
    expect(page.body).toContain('takes no new accounts');
  }
  isForbidden(await registers(server, 'bob'));
  expect(await usesAtServer(server, ticket)).toBe(0);
});

test('admins make, list and remove invites to the server, and the log says so', async () => {
  await using here = await closedServer();
  const { server, clock, anna, space } = here;
  const made = await serverInvite(server);
  expect(made).toEqual({
    code: expect.stringMatching(/^[A-Za-z0-9]{8}$/),
    space_id: null,
    channel_id: null,
    inviter_id: server.admin.id,
    max_uses: 1,
    uses: 0,
    max_age: 604_800,
    temporary: false,
    note: '',
    skip_approval: false,
    created_at: expect.any(String),
    expires_at: expect.any(String),
  });
  expect(Date.parse(made.expires_at) - Date.parse(made.created_at)).toBe(604_800_000);
  await clock.pass(1_000);
  const wish = { max_uses: 0, max_age: 0, note: 'for the club', space_id: space.id };
  const other = await serverInvite(server, { ...wish, skip_approval: true });
  expect(other).toMatchObject({ ...wish, skip_approval: true, expires_at: null });
  await server.admin.isRefused(404, 'POST', '/admin/invites', { space_id: '7' });
  const list = (query = ''): Promise<any[]> => server.admin.does('GET', `/admin/invites${query}`);
  expect(await list()).toEqual([made, other]);
  expect(await list('?limit=1')).toEqual([made]);
  expect(await list(`?after=${made.code}`)).toEqual([other]);
  expect(await list('?after=gone')).toEqual([made, other]);
  await anna.isRefused(403, 'GET', '/admin/invites');
  // It leads into no space.
  await anna.isRefused(404, 'GET', `/invites/${made.code}`);
  await anna.isRefused(404, 'POST', `/invites/${made.code}/accept`);
  await server.admin.does('DELETE', `/admin/invites/${other.code}`);
  await server.admin.isRefused(404, 'DELETE', `/admin/invites/${other.code}`);
  isForbidden(await registers(server, 'bob', { invite_code: other.code }));
  const log = await server.admin.does('GET', '/admin/audit-log');
  expect(log.slice(0, 3)).toMatchObject([
    { action_type: 'invite_delete', target_type: 'invite', target_id: other.code },
    { action_type: 'invite_create', target_id: other.code, changes: { note: 'for the club' } },
    { action_type: 'invite_create', target_id: made.code, user_id: server.admin.id },
  ]);
  const brief = await serverInvite(server, { max_age: 600 });
  expect(await list()).toEqual([made, brief]);
  await clock.pass(600_000);
  expect(await list()).toEqual([made]);
  await clock.pass(60_000);
  const left = () => server.app.db.sqlite.query('SELECT code FROM registration_invites').all();
  while (left().length > 1) await Bun.sleep(1);
  expect(left()).toEqual([{ code: made.code }]);
});

test('an invite to the server outlives the account that made it, and names it no more', async () => {
  await using here = await closedServer();
  const { server } = here;
  const cleo = await server.person('cleo');
  await promote(server.admin, cleo);
  const invite = await cleo.does('POST', '/admin/invites', {});
  expect(invite.inviter_id).toBe(cleo.id);
  const others = await serverInvite(server);
  await server.admin.does('PATCH', `/admin/users/${cleo.id}`, { is_admin: false });
  await server.admin.does('DELETE', `/admin/users/${cleo.id}`);
  const list = await server.admin.does('GET', '/admin/invites');
  expect(list).toEqual(expect.arrayContaining([{ ...invite, inviter_id: null }, others]));
  expect((await registers(server, 'bob', { invite_code: invite.code })).status).toBe(200);
});

test('an invite to the server leads into its space, if that is there and has room', async () => {
  await using here = await closedServer();
  const { server, anna, space } = here;
  const invite = await serverInvite(server, { space_id: space.id, max_uses: 3 });
  const by = { invite_code: invite.code };
  const bob = personOf(server, await registers(server, 'bob', by));
  expect((await spacesOf(bob)).toSorted()).toEqual(['General', 'Home']);
  await setSettings(server, { max_members_per_space: 2 });
  expect(await spacesOf(personOf(server, await registers(server, 'cleo', by)))).toEqual([]);
  await setSettings(server, { max_members_per_space: 0 });
  await anna.does('DELETE', `/spaces/${space.id}`);
  expect(await spacesOf(personOf(server, await registers(server, 'dora', by)))).toEqual([
    'General',
  ]);
  expect(await usesAtServer(server, invite)).toBe(3);
});

test('a server has a bounded number of invites', async () => {
  await using here = await closedServer();
  const { server } = here;
  await server.turn(({ tx }) => {
    tx.sqlite.run(
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000)
       INSERT INTO registration_invites (code, max_uses, max_age, created_at)
       SELECT 'many' || n, 1, 0, 0 FROM numbers`,
    );
  });
  await server.admin.isRefused(400, 'POST', '/admin/invites', {});
  await server.admin.does('DELETE', '/admin/invites/many7');
  await serverInvite(server);
});

test('the button of an invite’s page opens registration for its address: once, for ten minutes', async () => {
  await using here = await closedServer();
  const { server, clock, invites, usesOf } = here;
  const invite = await invites({ max_uses: 3 });
  const page = await server.call('GET', `//invite/${invite.code}`);
  expect(page.body).toContain(`<form method="post" action="${invite.code}/door">`);
  expect(page.headers.get('content-security-policy')).toContain("form-action 'self'");
  isForbidden(await registers(server, 'bob'));
  const answer = await press(server, invite.code);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'text/html; charset=utf-8',
  ]);
  expect(answer.body).toContain('Registration is open for this device for 10 minutes');
  expect(await usesOf(invite)).toBe(0);

  // What fails leaves it open.
  expect((await registers(server, 'anna')).status).toBe(409);
  const bob = personOf(server, await registers(server, 'bob'));
  expect((await spacesOf(bob)).toSorted()).toEqual(['General', 'Home']);
  expect(await usesOf(invite)).toBe(1);
  isForbidden(await registers(server, 'cleo'));

  await press(server, invite.code);
  await clock.pass(599_000);
  const both = await Promise.all([registers(server, 'cleo'), registers(server, 'dora')]);
  expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 403]);
  await press(server, invite.code);
  await clock.pass(600_000);
  isForbidden(await registers(server, 'emil'));
  expect(await usesOf(invite)).toBe(2);
});

test('a door is no better than its invite, and the policy of that moment decides', async () => {
  await using here = await closedServer();
  const { server, anna, invites } = here;
  const invite = await invites({ max_uses: 1 });
  await press(server, invite.code);
  await setSettings(server, { members_may_invite: 0 });
  isForbidden(await registers(server, 'bob'));
  await setSettings(server, { members_may_invite: 1, registration_policy: 'closed' });
  isForbidden(await registers(server, 'bob'));
  await setSettings(server, { registration_policy: 'open' });
  expect((await registers(server, 'bob')).status).toBe(200);
  // Nobody needed it.
  expect((await anna.does('GET', `/invites/${invite.code}`)).uses).toBe(0);
  await setSettings(server, { registration_policy: 'invite_only' });
  await registers(server, 'cleo', { invite_code: invite.code });
  isForbidden(await registers(server, 'dora'));
  expect((await press(server, invite.code)).body).toContain('as many accounts as it can be');
  const revoked = await invites();
  await press(server, revoked.code);
  await anna.does('DELETE', `/invites/${revoked.code}`);
  isForbidden(await registers(server, 'dora'));
});

test('a door is for one address, of IPv6 for one network, as a trusted proxy tells it', async () => {
  const proxy = { TRUSTED_PROXIES: '127.0.0.1', PUBLIC_URL: 'https://chat.example' };
  await using here = await closedServer({}, proxy);
  const { server, invites } = here;
  const { code } = await invites();
  const from = (address: string) => ({ 'x-forwarded-for': address });
  await press(server, code, from('203.0.113.7'));
  isForbidden(await registers(server, 'bob', {}, from('203.0.113.8')));
  expect((await registers(server, 'bob', {}, from('203.0.113.7'))).status).toBe(200);
  await press(server, code, from('2001:db8:1:2:3::4'));
  isForbidden(await registers(server, 'cleo', {}, from('2001:db8:1:3::1')));
  expect((await registers(server, 'cleo', {}, from('2001:db8:1:2::9'))).status).toBe(200);
  // Without the header everybody has the address of the proxy.
  expect((await press(server, code)).body).toContain('cannot tell your device');
  isForbidden(await registers(server, 'dora'));
});

test('behind a proxy that the server does not know no door opens, and the page says so', async () => {
  const through = { 'x-forwarded-for': '203.0.113.7' };
  const settings: [Record<string, string>, Record<string, string>][] = [
    [{}, through],
    [{}, { via: '1.1 proxy' }],
    [{ TRUSTED_PROXIES: '10.0.0.0/8' }, through],
    [{ PUBLIC_URL: 'https://chat.example' }, {}],
  ];
  for (const [given, headers] of settings) {
    await using here = await closedServer({}, given);
    const { server, invites } = here;
    const { code } = await invites();
    const page = await server.call('GET', `//invite/${code}`, undefined, headers);
    expect(page.body).toContain('does not know the proxy');
    expect(page.body).not.toContain('<form');
    expect(page.headers.get('content-security-policy')).toContain("form-action 'none'");
    expect((await press(server, code, headers)).body).toContain('cannot tell your device');
    isForbidden(await registers(server, 'bob', {}, headers));
    expect((await registers(server, 'bob', { invite_code: code }, headers)).status).toBe(200);
  }
});

test('the button leads nowhere for codes that are none, and from other sites; trying is limited', async () => {
  await using here = await closedServer();
  const { server, clock, invites } = here;
  const { code } = await invites();
  for (const none of ['nowhere7', 'a-b', 'x'.repeat(65)]) {
    expect((await press(server, none)).status).toBe(404);
  }
  isForbidden(await press(server, code, { 'sec-fetch-site': 'cross-site' }));
  isForbidden(await registers(server, 'bob'));
  let tried = 4;
  while ((await press(server, 'nowhere7')).status === 404) tried += 1;
  expect(tried).toBe(60);
  const refused = await press(server, code);
  expect([refused.status, refused.code]).toEqual([429, 'rate_limited']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  isForbidden(await registers(server, 'bob'));
  await clock.pass(3_600_000);
  expect((await press(server, code)).status).toBe(200);
});
