// The Godot client's settings: terms, passwords, two-factor login, leaving, and the screens of an instance admin.
import { expect, test } from 'bun:test';
import { Godot } from '../../support/clients/godot.ts';
import * as read from '../../support/clients/godot-models.ts';
import { FakeClock } from '../../support/clock.ts';
import { codeOf, password, wrongCode } from '../../support/second-factor.ts';
import { startTest, type TestServer } from '../../support/server.ts';
import { world } from '../../support/world.ts';

const another = 'battery staple';
const users = read.listOf(read.user);

/** Reads the terms, then registers; the client keeps the token. */
async function signsUp(
  server: TestServer,
  username: string,
): Promise<{ client: Godot; id: string }> {
  const client = new Godot(server);
  read.terms(await client.does('GET', '/settings'));
  const account = { username, password, display_name: username };
  const { token, user } = await client.does('POST', '/auth/register', account);
  client.token = token;
  return { client, id: read.user(user).id };
}

/** Logs in with a client of its own. */
async function signsIn(server: TestServer, username: string, given = password) {
  const client = new Godot(server);
  return { client, ...(await client.call('POST', '/auth/login', { username, password: given })) };
}

/** The account of the client, which asks for the password again after 401 and 403. */
const me = async (client: Godot) => read.user(await client.does('GET', '/users/@me'));

test('it shows the terms before it registers, whether there are any or not, and logs in with what it registered', async () => {
  await using server = await startTest();
  const first = read.terms(await new Godot(server).does('GET', '/settings'));
  expect(first.tos_text).not.toBe('');
  const admin = new Godot(server, server.admin.token);
  await admin.does('PATCH', '/admin/settings', { tos_text: null, tos_url: null, motd: '' });
  const none = read.terms(await new Godot(server).does('GET', '/settings'));
  expect(none).toMatchObject({ tos_text: '', tos_url: '', tos_version: first.tos_version + 1 });
  const { id } = await signsUp(server, 'anna');
  const { ok, data, client } = await signsIn(server, 'anna');
  expect([ok, read.user(data.user).id, typeof data.token]).toEqual([true, id, 'string']);
  expect(data).not.toHaveProperty('force_password_reset');
  client.token = data.token;
  await client.entersServer();
});

test('it switches two-factor login on, logs in by a ticket, gets new backup codes and switches it off', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { client: anna, id } = await signsUp(server, 'anna');
  const { secret, otpauth_uri } = await anna.does('POST', '/auth/2fa/enable', { password });
  expect(otpauth_uri).toStartWith('otpauth://totp/');
  // A failure is shown; the session goes on.
  const wrong = { code: wrongCode(secret, clock) };
  expect(await anna.call('POST', '/auth/2fa/verify', wrong)).toMatchObject({ status: 403 });
  const code = codeOf(secret, clock);
  const { backup_codes } = await anna.does('POST', '/auth/2fa/verify', { code });
  expect(backup_codes.every((one: unknown) => typeof one === 'string')).toBe(true);
  expect((await me(anna)).mfa_enabled).toBe(true);
  await clock.pass(30_000);

  const { client, data } = await signsIn(server, 'anna');
  expect(data.mfa_required).toBe(true);
  expect(data.ticket).toMatch(/./);
  expect(data).not.toHaveProperty('token');
  // The dialog stays open after a wrong code, with the same ticket.
  const mfa = (given: string) =>
    client.call('POST', '/auth/login/mfa', { ticket: data.ticket, code: given });
  const refused = await mfa(wrongCode(secret, clock));
  expect([refused.ok, refused.status, typeof refused.data.message]).toEqual([false, 401, 'string']);
  const entered = await mfa(codeOf(secret, clock));
  expect(read.user(entered.data.user).id).toBe(id);
  client.token = entered.data.token;
  await client.entersServer();

  const renewed = await client.does('POST', '/auth/2fa/backup-codes', { password });
  const { client: desk, data: next } = await signsIn(server, 'anna');
  const ticket = { ticket: next.ticket, code: renewed.backup_codes[0] };
  expect((await desk.does('POST', '/auth/login/mfa', ticket)).token).toBeString();
  await client.does('POST', '/auth/2fa/disable', { password });
  expect((await signsIn(server, 'anna')).data.token).toBeString();
});

test('it changes the password on both of its screens, each with a name of its own, and keeps its token', async () => {
  await using server = await startTest();
  const { client } = await signsUp(server, 'anna');
  const path = '/auth/change-password';
  await client.does('POST', path, { current_password: password, new_password: another });
  await me(client);
  await client.does('POST', path, { old_password: another, new_password: 'a garden of roses' });
  await me(client);
  expect((await signsIn(server, 'anna', 'a garden of roses')).ok).toBe(true);
  expect((await signsIn(server, 'anna', password)).status).toBe(401);
});

test('after a forced reset its dialog sets a new password with the new token, which goes on', async () => {
  await using server = await startTest();
  const { id } = await signsUp(server, 'anna');
  const admin = new Godot(server, server.admin.token);
  await admin.does('POST', `/admin/users/${id}/reset-password`, { new_password: another });
  const { client, data } = await signsIn(server, 'anna', another);
  expect(data.force_password_reset).toBe(true);
  client.token = data.token;
  const change = { old_password: another, new_password: 'a garden of roses' };
  await client.does('POST', '/auth/change-password', change);
  await client.entersServer();
  await client.listens();
});

test('no wrong password or code costs it its session, and each says why', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { client } = await signsUp(server, 'anna');
  const { secret } = await client.does('POST', '/auth/2fa/enable', { password });
  const given = { password: 'wrong horse' };
  for (const [method, path, body] of [
    ['POST', '/auth/2fa/enable', given],
    ['POST', '/auth/2fa/verify', { code: wrongCode(secret, clock) }],
    ['POST', '/auth/2fa/disable', given],
    ['POST', '/auth/change-password', { old_password: 'wrong horse', new_password: another }],
    ['POST', '/auth/change-password', { current_password: 'wrong horse', new_password: another }],
    ['DELETE', '/users/@me', given],
  ] as const) {
    const { status, data } = await client.call(method, path, body);
    expect({ path, status, message: data.message }).toEqual({
      path,
      status: 403,
      message: expect.stringMatching(/wrong/i),
    });
  }
  expect((await me(client)).mfa_enabled).toBe(false);
});

test('it logs out everywhere, exports what it holds, and leaves', async () => {
  await using server = await startTest();
  const { client: first } = await signsUp(server, 'anna');
  const sign = async () => {
    const { client, data } = await signsIn(server, 'anna');
    client.token = data.token;
    return client;
  };
  const second = await sign();
  const ears = [await first.listens(), await second.listens()];
  await second.does('POST', '/auth/sessions/revoke-all');
  expect(await Promise.all(ears.map((one) => one.closes()))).toEqual([4004, 4004]);
  for (const one of [first, second]) expect((await one.call('GET', '/users/@me')).status).toBe(401);
  const back = await sign();
  const exported = await back.does('GET', '/users/@me/data-export');
  expect([typeof exported, Array.isArray(exported)]).toEqual(['object', false]);
  read.user(exported.user);
  expect((await back.call('DELETE', '/users/@me', { password })).ok).toBe(true);
  expect((await back.call('GET', '/users/@me')).status).toBe(401);
  expect((await signsIn(server, 'anna')).status).toBe(401);
});

test('an admin pages through all accounts, finds one by `query`, changes, resets and deletes it', async () => {
  await using server = await startTest();
  const admin = new Godot(server, server.admin.token);
  for (let n = 0; n < 60; n += 1) await server.person(`many_${n}`);
  const { id, client } = await signsUp(server, 'anna');
  const found: any[] = [];
  const sizes: number[] = [];
  for (let after: string | null = null; ;) {
    const page: any = await admin.call('GET', '/admin/users', undefined, { limit: 50, after });
    found.push(...users(page.data));
    sizes.push(page.data.length);
    if (!page.cursor?.has_more) break;
    ({ after } = page.cursor);
    expect(after).toBeString();
  }
  // With the first admin and the account of the system.
  expect([sizes[0], found.length]).toEqual([50, 63]);
  expect(new Set(found.map((one) => one.id)).size).toBe(63);
  const search = async (query: string) =>
    users(await admin.does('GET', '/admin/users', undefined, { limit: 50, query }));
  expect((await search('ann')).map((one) => one.id)).toEqual([id]);
  expect(await search('nobody here')).toEqual([]);
  const path = `/admin/users/${id}`;
  const patch = async (change: object) => read.user(await admin.does('PATCH', path, change));
  expect((await patch({ is_admin: true })).is_admin).toBe(true);
  await client.does('GET', '/admin/settings');
  expect((await patch({ is_admin: false })).is_admin).toBe(false);
  expect((await client.call('GET', '/admin/settings')).status).toBe(403);
  expect((await patch({ disabled: true })).disabled).toBe(true);
  expect((await search('anna'))[0].disabled).toBe(true);
  expect((await signsIn(server, 'anna')).status).toBe(403);
  expect((await patch({ disabled: false })).disabled).toBe(false);
  await admin.does('POST', `${path}/reset-password`, { new_password: another });
  expect((await signsIn(server, 'anna', another)).data.force_password_reset).toBe(true);
  await admin.does('DELETE', path);
  expect(await search('anna')).toEqual([]);
});

test('an admin sees all spaces with their members, and hands one over', async () => {
  await using server = await startTest();
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const admin = new Godot(server, server.admin.token);
  const spaces = read.listOf(read.listedSpace)(await admin.does('GET', '/admin/spaces'));
  const found = spaces.find(({ id }) => id === space.id);
  expect(found).toMatchObject({ name: 'Home', member_count: 2, owner_id: anna.id });
  const given = await admin.does('PATCH', `/admin/spaces/${space.id}`, { owner_id: bob.id });
  expect(read.space(given).owner_id).toBe(bob.id);
  expect(read.space(await bob.does('GET', `/spaces/${space.id}`)).owner_id).toBe(bob.id);
});

test('an admin reads the settings, writes all of them back, and clears texts with null or ""', async () => {
  await using server = await startTest();
  const admin = new Godot(server, server.admin.token);
  const get = async () => read.settings(await admin.does('GET', '/admin/settings'));
  const patch = async (change: object) =>
    read.settings(await admin.does('PATCH', '/admin/settings', change));
  const { updated_at: _, ...before } = await get();
  // The panel sends what its fields hold.
  expect(await patch(before)).toMatchObject(before);
  const change = {
    ...{ server_name: 'Soup Club', registration_policy: 'invite_only', motd: 'Peas today' },
    ...{ max_spaces: 10, max_members_per_space: 100, public_listing: false, tos_enabled: true },
    ...{ tos_text: 'Be kind.', tos_url: 'https://soup.example/terms' },
  };
  expect(await patch(change)).toMatchObject(change);
  const cleared = { ...change, motd: '', tos_text: null, tos_url: null };
  const blank = { ...change, motd: '', tos_text: '', tos_url: '' };
  expect(await patch(cleared)).toMatchObject(blank);
  expect(await get()).toMatchObject(blank);
  for (const registration_policy of ['open', 'invite_only', 'closed']) {
    expect((await patch({ registration_policy })).registration_policy).toBe(registration_policy);
  }
  const account = { username: 'cleo', password, display_name: 'cleo' };
  const refused = await new Godot(server).call('POST', '/auth/register', account);
  expect([refused.status, typeof refused.data.message]).toEqual([403, 'string']);
});
