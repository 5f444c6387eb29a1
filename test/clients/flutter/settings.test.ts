// The Flutter client's settings: terms, passwords, two-factor login, leaving, and the screens of an instance admin.
// Any 401 signs it out, so no mistake of a person who is signed in may be one.
import { expect, test } from 'bun:test';
import { Flutter } from '../../support/clients/flutter.ts';
import type { FlutterRest } from '../../support/clients/flutter-rest.ts';
import * as read from '../../support/clients/flutter-models.ts';
import { FakeClock } from '../../support/clock.ts';
import { codeOf, password, wrongCode } from '../../support/second-factor.ts';
import { startTest, type TestServer } from '../../support/server.ts';
import { world } from '../../support/world.ts';

const another = 'battery staple';
const post = (rest: FlutterRest, path: string, body?: object) =>
  rest.does('POST', path, body === undefined ? {} : { body });

/** Somebody who has registered with the client, after it has read the terms. */
async function signsUp(server: TestServer, username: string) {
  const client = new Flutter(server);
  const { id } = await client.signsUp(username, password);
  return { client, rest: client.rest, id: id as string };
}

/** Gives name and password in a new client; answers that and what it got. */
async function signsIn(server: TestServer, username: string, given = password) {
  const { rest } = new Flutter(server);
  await rest.gets(read.settings, '/settings');
  const body = { username, password: given };
  return { rest, ...(await rest.call('POST', '/auth/login', { body })) };
}

const me = (rest: FlutterRest) => rest.gets(read.user, '/users/@me');

test('it reads the terms and the limits before it registers, whether they are set or not', async () => {
  await using server = await startTest();
  const admin = new Flutter(server).has(server.admin.token);
  const { rest } = new Flutter(server);
  for (const tos of ['Be kind.', null]) {
    const body = { tos_text: tos, tos_url: null, tos_enabled: tos !== null };
    read.settings(await admin.rest.does('PATCH', '/admin/settings', { body }));
    const settings = await rest.gets(read.settings, '/settings');
    expect(settings).toMatchObject({ tos_text: tos ?? '', tos_enabled: tos !== null });
    expect(settings.max_attachment_size).toBeGreaterThan(0);
    expect(settings.max_attachments_per_message).toBeGreaterThan(0);
  }
  const { id } = await signsUp(server, 'anna');
  const { ok, data } = await signsIn(server, 'anna');
  expect([ok, read.user(data.user).id]).toEqual([true, id]);
});

test('two-factor login: on, in by a ticket and a code or a backup code, new codes, off', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { rest: anna, id } = await signsUp(server, 'anna');
  const { secret, otpauth_uri } = await post(anna, '/auth/2fa/enable', { password });
  expect(otpauth_uri).toContain(secret);
  const { backup_codes } = await post(anna, '/auth/2fa/verify', { code: codeOf(secret, clock) });
  await clock.pass(30_000);
  expect((await me(anna)).mfa_enabled).toBe(true);

  const { rest, data } = await signsIn(server, 'anna');
  const { ticket } = data;
  expect([data.mfa_required, typeof ticket, data.token]).toEqual([true, 'string', undefined]);
  const wrong = { body: { ticket, code: wrongCode(secret, clock) } };
  expect(await rest.call('POST', '/auth/login/mfa', wrong)).toMatchObject({ status: 401 });
  const entered = await post(rest, '/auth/login/mfa', { ticket, code: codeOf(secret, clock) });
  expect(read.user(entered.user).id).toBe(id);
  rest.token = entered.token;
  await me(rest);

  const desk = await signsIn(server, 'anna');
  const backup = { ticket: desk.data.ticket, code: backup_codes[0] };
  expect((await post(desk.rest, '/auth/login/mfa', backup)).token).toBeString();
  const renewed = await post(rest, '/auth/2fa/backup-codes', { password });
  expect(renewed.backup_codes).not.toContain(backup_codes[1]);
  await post(rest, '/auth/2fa/disable', { password });
  expect((await signsIn(server, 'anna')).data.token).toBeString();
  expect([anna.isSignedOut, rest.isSignedOut]).toEqual([false, false]);
});

test('after a forced reset it sets a new password with the new token, then connects', async () => {
  await using server = await startTest();
  const { id, rest: old } = await signsUp(server, 'anna');
  const admin = new Flutter(server).has(server.admin.token);
  const path = `/admin/users/${id}/reset-password`;
  await post(admin.rest, path, { new_password: another });
  // Its own session ends, and that is meant.
  await old.call('GET', '/users/@me');
  expect(old.isSignedOut).toBe(true);
  const { data } = await signsIn(server, 'anna', another);
  expect(data.force_password_reset).toBe(true);
  using client = new Flutter(server).has(data.token);
  const change = { old_password: another, new_password: 'a garden of roses' };
  await post(client.rest, '/auth/change-password', change);
  expect(await client.connects()).toHaveLength(1);
  expect(client.rest.isSignedOut).toBe(false);
  expect((await signsIn(server, 'anna', 'a garden of roses')).ok).toBe(true);
});

test('whatever somebody mistypes in the settings, it stays signed in', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { rest } = await signsUp(server, 'anna');
  const wrong = { password: 'wrong horse' };
  const change = { old_password: 'wrong horse', new_password: another };
  const { secret } = await post(rest, '/auth/2fa/enable', { password });
  const tries: [string, string, object][] = [
    ['POST', '/auth/2fa/enable', wrong],
    ['POST', '/auth/2fa/disable', wrong],
    ['POST', '/auth/2fa/verify', { code: wrongCode(secret, clock) }],
    ['POST', '/auth/change-password', change],
    ['DELETE', '/users/@me', wrong],
  ];
  // Until even the right one is not looked at.
  for (let round = 0; round < 3; round += 1) {
    for (const [method, path, body] of tries) {
      const { status, error } = await rest.call(method, path, { body });
      expect({ path, status }).toEqual({ path, status: round === 0 ? 403 : expect.any(Number) });
      expect([403, 429]).toContain(status);
      expect(error?.message).toMatch(/./);
    }
  }
  const locked = await rest.call('DELETE', '/users/@me', { body: { password } });
  expect(locked.status).toBe(429);
  await clock.pass(16 * 60_000);
  await post(rest, '/auth/2fa/verify', { code: codeOf(secret, clock) });
  for (const path of ['/auth/2fa/disable', '/auth/2fa/backup-codes']) {
    expect(await rest.call('POST', path, { body: wrong })).toMatchObject({ status: 403 });
  }
  await post(rest, '/auth/change-password', { ...change, old_password: password });
  expect((await me(rest)).mfa_enabled).toBe(true);
  expect(rest.isSignedOut).toBe(false);
});

test('it logs out everywhere without a body, exports what it holds, and leaves', async () => {
  await using server = await startTest();
  const { client, rest, id } = await signsUp(server, 'anna');
  await client.connects();
  await post(rest, '/auth/sessions/revoke-all');
  expect(await rest.call('GET', '/users/@me')).toMatchObject({ status: 401 });
  const back = await signsIn(server, 'anna');
  back.rest.token = back.data.token;
  const exported = await back.rest.does('GET', '/users/@me/data-export');
  expect(read.user(exported.user).id).toBe(id);
  const deleted = await back.rest.call('DELETE', '/users/@me', { body: { password } });
  expect(deleted).toMatchObject({ ok: true, data: null });
  expect((await signsIn(server, 'anna')).status).toBe(401);
  client[Symbol.dispose]();
});

test('an admin pages through accounts, and changes, resets and deletes one', async () => {
  await using server = await startTest();
  const { rest } = new Flutter(server).has(server.admin.token);
  for (let n = 0; n < 60; n += 1) await server.person(`many_${n}`);
  const { id } = await signsUp(server, 'anna');
  const found: any[] = [];
  for (let after: string | null = null; ;) {
    const page = await rest.call('GET', '/admin/users', { query: { limit: 50, after } });
    found.push(...read.users(page.data));
    if (!page.cursor?.has_more) break;
    ({ after } = page.cursor);
  }
  expect(new Set(found.map((one) => one.id)).size).toBe(63);
  const named = () => rest.gets(read.users, '/admin/users', { limit: 50, query: 'anna' });
  expect((await named()).map((one: any) => one.id)).toEqual([id]);
  const path = `/admin/users/${id}`;
  for (const body of [{ is_admin: true }, { is_admin: false }, { disabled: true }]) {
    expect(read.user(await rest.does('PATCH', path, { body }))).toMatchObject(body);
  }
  expect((await signsIn(server, 'anna')).status).toBe(403);
  await rest.does('PATCH', path, { body: { disabled: false } });
  await post(rest, `${path}/reset-password`, { new_password: another });
  await rest.does('DELETE', path);
  expect(await named()).toEqual([]);
  // What it may not do is said, and does not sign it out.
  const own = await rest.call('DELETE', `/admin/users/${server.admin.id}`);
  expect(own).toMatchObject({ ok: false, status: 400 });
  expect(rest.isSignedOut).toBe(false);
});

test('an admin hands a space over, and writes settings with null and ""', async () => {
  await using server = await startTest();
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const { rest } = new Flutter(server).has(server.admin.token);
  const spaces = await rest.gets(read.spaces, '/admin/spaces');
  const row = spaces.find((one: any) => one.id === space.id);
  expect(row).toMatchObject({ member_count: 2, owner_id: anna.id });
  const body = { owner_id: bob.id };
  expect(read.space(await rest.does('PATCH', `/admin/spaces/${space.id}`, { body }))).toMatchObject(
    body,
  );
  const patch = async (change: object) =>
    read.settings(await rest.does('PATCH', '/admin/settings', { body: change }));
  const set = { server_name: 'Soup', motd: 'Peas', tos_text: 'Be kind.', tos_url: 'https://a.b/' };
  expect(await patch(set)).toMatchObject(set);
  expect(await patch({ motd: '', tos_text: null, tos_url: null })).toMatchObject({
    ...{ server_name: 'Soup', motd: '', tos_text: '', tos_url: '' },
  });
  expect(await rest.call('PATCH', '/admin/settings', { body: { tos_url: 'terms' } })).toMatchObject(
    { ok: false, status: 400 },
  );
  const all = await rest.gets(read.settings, '/admin/settings');
  expect(await patch({ ...all, updated_at: undefined })).toMatchObject({ server_name: 'Soup' });
  expect(rest.isSignedOut).toBe(false);
});
