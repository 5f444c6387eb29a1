// An owner and the people of the server, with requests alone: approves, disables, helps out, deletes, hands over.
import { expect, test } from 'bun:test';
import { perform } from '../../../src/features/server/operator/verbs.ts';
import { botOf } from '../../support/admins.ts';
import { arrives, logsIn, ownedServer, returns } from '../../support/owned.ts';
import type { Person } from '../../support/person.ts';
import { from } from '../../support/second-factor.ts';
import type { TestServer } from '../../support/server.ts';
import { befriend } from '../../support/strangers.ts';
import { password, registers } from '../../support/unclaimed.ts';
import { listening } from '../../support/world.ts';

const another = 'battery staple';
const account = ({ id }: { id: string }) => `/admin/users/${id}`;
const statusOf = async (server: TestServer, name: string, given = password) =>
  (await logsIn(server, name, given)).status;

/** What instance admins did, the newest first. */
const log = (admin: Person, query = ''): Promise<any[]> =>
  admin.does('GET', `/admin/audit-log${query}`);

test('an owner approves one and rejects another: admins hear it, and nobody else', async () => {
  await using here = await ownedServer();
  const { server, clock, olga, set } = here;
  const [paul, anna] = [await arrives(server, 'paul'), await arrives(server, 'anna')];
  await olga.does('PATCH', account(paul), { is_admin: true });
  await set({ registration_approval: true });
  const [olgas, pauls, annas] = await listening([olga, paul, anna], ['spaces', 'members']);
  const asks = async (name: string, reason: string) => {
    const { status, body } = await registers(server, name, { reason }, from('192.0.2.30'));
    expect([status, body.error.message]).toEqual([403, expect.stringContaining('waits')]);
    const [told] = await olgas.hearsExactly('registration.create');
    const [same] = await pauls.hearsExactly('registration.create');
    expect(told?.data).toMatchObject({ user: { username: name }, reason, address: '192.0.2.30' });
    expect(same?.data).toEqual(told?.data ?? {});
    await annas.hearsNothing();
    return told?.data['user'];
  };
  const [bob, cleo] = [await asks('bob', 'I know anna.'), await asks('cleo', 'Buy peas!')];
  const listed = await paul.does('GET', '/admin/registrations');
  expect(listed.map(({ user }: any) => user.id)).toEqual([bob.id, cleo.id]);
  await anna.isRefused(403, 'GET', '/admin/registrations');
  expect([await statusOf(server, 'bob'), await statusOf(server, 'cleo')]).toEqual([403, 403]);
  expect(await statusOf(server, 'bob', 'wrong horse')).toBe(401);

  await olga.does('POST', `/admin/registrations/${bob.id}/approve`);
  for (const ears of [olgas, pauls]) {
    const heard = await ears.unread();
    const types = heard.map(({ type }) => type);
    expect(new Set(types)).toEqual(new Set(['member.join', 'registration.update']));
    expect(types).toHaveLength(2);
    const update = heard.find(({ type }) => type === 'registration.update');
    expect(update?.data).toMatchObject({ user: { id: bob.id }, state: 'approved' });
  }
  await annas.hearsExactly('member.join');
  const back = await returns(server, 'bob');
  expect(await back.does('GET', '/users/@me/spaces')).toMatchObject([{ slug: 'general' }]);

  const reason = { reason: 'sells peas' };
  expect(await paul.does('POST', `/admin/registrations/${cleo.id}/reject`, reason)).toBeNull();
  for (const ears of [olgas, pauls]) {
    const [update] = await ears.hearsExactly('registration.update');
    expect(update?.data).toMatchObject({ user: { id: cleo.id }, state: 'rejected' });
  }
  await annas.hearsNothing();
  expect(await statusOf(server, 'cleo')).toBe(401);
  expect(await olga.does('GET', '/admin/registrations')).toEqual([]);
  expect((await log(olga)).slice(0, 2)).toMatchObject([
    { user_id: paul.id, action_type: 'registration_reject', target_id: cleo.id, ...reason },
    { user_id: olga.id, action_type: 'registration_approve', target_id: bob.id },
  ]);
  // The name is held for a day.
  await set({ registration_approval: false });
  expect((await registers(server, 'cleo', {}, from('192.0.2.31'))).status).toBe(409);
  await clock.pass(25 * 3_600_000);
  expect((await registers(server, 'cleo', {}, from('192.0.2.31'))).status).toBe(200);
});

test('an owner disables an account and lets it in again: it is out at once, and finds everything as it was', async () => {
  await using here = await ownedServer();
  const { server, olga, home } = here;
  const [bob, cleo] = [await arrives(server, 'bob'), await arrives(server, 'cleo')];
  await befriend(bob, cleo);
  const { space, general } = await bob.founds('Garden');
  const bot = await botOf(bob);
  await bot.joins(space);
  const said = await bob.says(general, 'peas');
  const second = await returns(server, 'bob');
  const sockets = [await bob.listens(), await second.listens(['messages']), await bot.listens()];
  const [cleos] = await listening([cleo], ['spaces', 'members', 'messages', 'relationships']);
  const everything = async (one: Person) => ({
    me: await one.does('GET', '/users/@me'),
    spaces: await one.does('GET', '/users/@me/spaces'),
    friends: (await one.does('GET', '/users/@me/relationships')).map(({ id }: any) => id),
    messages: await one.does('GET', `/channels/${general.id}/messages`),
    roles: (await one.does('GET', `/spaces/${space.id}/members/${bob.id}`)).roles,
    applications: await one.does('GET', '/applications'),
  });
  const before = await everything(bob);

  await olga.does('PATCH', account(bob), { disabled: true });

  expect(await Promise.all(sockets.map((one) => one.closes()))).toEqual([4004, 4004, 4004]);
  for (const one of [bob, second, bot]) await one.isRefused(401, 'GET', '/users/@me');
  const { status, body } = await logsIn(server, 'bob');
  expect([status, body.error.code]).toEqual([403, 'forbidden']);
  expect(body.error.message).toContain('disabled');
  await bot.isRefused(401, 'POST', `/channels/${general.id}/messages`, { content: 'beep' });
  await cleos.hearsNothing();
  expect((await cleo.does('GET', `/users/${bob.id}`)).username).toBe('bob');

  await olga.does('PATCH', account(bob), { disabled: false });

  await bob.isRefused(401, 'GET', '/users/@me');
  const back = await returns(server, 'bob');
  expect(await everything(back)).toEqual(before);
  const { ready } = await back.listens();
  const shown: string[] = ready['spaces'].map(({ id }: any) => id);
  expect(new Set(shown)).toEqual(new Set([home.id, space.id]));
  expect(await back.does('GET', `/channels/${general.id}/messages/${said.id}`)).toEqual(said);
  await bot.says(general, 'beep');
  await bot.listens();
  await cleos.hearsNothing();
});

test('who forgot the password gets one from the owner, or a code, and chooses another before anything else', async () => {
  await using here = await ownedServer();
  const { server, olga } = here;
  const [bob, cleo] = [await arrives(server, 'bob'), await arrives(server, 'cleo')];
  const [bobs, cleos, olgas] = await listening([bob, cleo, olga]);
  await olga.does('POST', `${account(bob)}/reset-password`, { new_password: another });
  expect(await bobs.closes()).toBe(4004);
  for (const ears of [cleos, olgas]) await ears.hearsNothing();
  await bob.isRefused(401, 'GET', '/users/@me');
  expect(await statusOf(server, 'bob')).toBe(401);
  const told = await logsIn(server, 'bob', another);
  expect(told.data).toMatchObject({ user: { id: bob.id }, force_password_reset: true });
  bob.token = told.data.token;
  await bob.isRefused(403, 'GET', '/users/@me/spaces');
  const change = { old_password: another, new_password: 'a garden of roses' };
  await bob.does('POST', '/auth/change-password', change);
  await bob.does('GET', '/users/@me/spaces');
  await bob.listens();
  expect((await logsIn(server, 'bob', change.new_password)).data).not.toHaveProperty(
    'force_password_reset',
  );

  const given = await olga.does('POST', `${account(bob)}/reset-link`);
  const wish = { username: 'bob', recovery_code: given.code, new_password: another };
  const recovered = await server.call('POST', '/auth/recover', wish, from('192.0.2.10'));
  expect([recovered.status, recovered.data.user.id]).toEqual([200, bob.id]);
  await bob.isRefused(401, 'GET', '/users/@me');
  expect(await statusOf(server, 'bob', another)).toBe(200);
  const entries = await log(olga);
  expect(entries.slice(0, 2).map(({ action_type }) => action_type)).toEqual([
    'recovery_create',
    'password_reset',
  ]);
  for (const secret of [given.code, another]) {
    expect(JSON.stringify(entries)).not.toContain(secret);
    expect(JSON.stringify(server.logged)).not.toContain(secret);
  }
  for (const ears of [cleos, olgas]) await ears.hearsNothing();
});

test('an owner who forgot the own password gets in again on the machine, and administers as before', async () => {
  await using here = await ownedServer();
  const { server, olga } = here;
  const bob = await arrives(server, 'bob');
  const [olgas, bobs] = await listening([olga, bob]);
  const [line = ''] = await perform(server.app, 'admin reset-password', 'olga');
  const given = line.split(' ').at(-1) ?? '';
  expect(await olgas.closes()).toBe(4004);
  const told = await logsIn(server, 'olga', given);
  expect(told.data).toMatchObject({ user: { is_admin: true }, force_password_reset: true });
  olga.token = told.data.token;
  await olga.isRefused(403, 'GET', '/admin/settings');
  const change = { current_password: given, new_password: another };
  await olga.does('POST', '/auth/change-password', change);
  await olga.does('GET', '/admin/settings');
  // Or by a code, which is for any account.
  const [said = ''] = await perform(server.app, 'admin recover', 'olga');
  const recovery_code = said.split(' ').at(-1) ?? '';
  const wish = { username: 'olga', recovery_code, new_password: 'a garden of roses' };
  const { data } = await server.call('POST', '/auth/recover', wish, from('192.0.2.1'));
  olga.token = data.token;
  const entries = await log(olga);
  expect(entries.slice(0, 2).map(({ action_type }) => action_type)).toEqual([
    'recovery_create',
    'password_reset',
  ]);
  for (const entry of entries.slice(0, 2)) expect(entry).not.toHaveProperty('user_id');
  await bobs.hearsNothing();
});

test('an owner reads who failed to log in and where an account logs in from, and the log says that it was read', async () => {
  await using here = await ownedServer();
  const { server, olga } = here;
  const bob = await arrives(server, 'bob', '192.0.2.10');
  await logsIn(server, 'bob', password, '198.51.100.4');
  const [bobs] = await listening([bob]);
  for (let n = 0; n < 3; n += 1) await logsIn(server, 'bob', 'wrong horse', '203.0.113.66');
  await logsIn(server, 'correct horse', password, '203.0.113.66');
  const failed = await olga.does('GET', '/admin/failed-logins');
  expect(failed.map(({ username, address, kind }: any) => [username, address, kind])).toEqual([
    [undefined, '203.0.113.66', 'password'],
    ...Array.from({ length: 3 }, () => ['bob', '203.0.113.66', 'password']),
  ]);
  const before = await log(olga);
  const path = `${account(bob)}/logins`;
  const headers = {
    authorization: olga.authorization,
    'x-audit-log-reason': encodeURIComponent('Wer rät hier Passwörter?'),
  };
  const { data } = await server.call('GET', path, undefined, headers);
  expect(data.map(({ address }: any) => address).toSorted()).toEqual([
    '192.0.2.10',
    '198.51.100.4',
  ]);
  const [entry, ...others] = await log(olga);
  expect(entry).toMatchObject({
    user_id: olga.id,
    action_type: 'login_read',
    target_id: bob.id,
    reason: 'Wer rät hier Passwörter?',
  });
  expect(others).toEqual(before);
  await bobs.hearsNothing();
  for (const one of [path, '/admin/failed-logins', '/admin/audit-log']) {
    await bob.isRefused(403, 'GET', one);
  }
});

test('somebody takes an export along, and the owner deletes the account: nobody sees anything of it any more', async () => {
  await using here = await ownedServer();
  const { server, olga, home } = here;
  const [bob, cleo] = [await arrives(server, 'bob'), await arrives(server, 'cleo')];
  const [channel] = await bob.does('GET', `/spaces/${home.id}/channels`);
  const kept = await cleo.says(channel, 'peas');
  const said = await bob.says(channel, 'beans');
  const exported = await bob.does('GET', '/users/@me/data-export');
  expect(exported.user).toMatchObject({ id: bob.id, username: 'bob' });
  expect(exported.messages).toContainEqual({
    id: said.id,
    channel_id: channel.id,
    content: 'beans',
    created_at: said.timestamp,
  });
  expect(exported.messages.map(({ id }: any) => id)).not.toContain(kept.id);
  const [bobs, cleos, olgas] = await listening([bob, cleo, olga], ['members', 'messages']);
  await cleo.isRefused(403, 'DELETE', account(bob));

  expect(await olga.does('DELETE', account(bob))).toBeNull();

  expect(await bobs.closes()).toBe(4004);
  for (const ears of [cleos, olgas]) {
    const left = await ears.hears('member.leave');
    expect(left.data).toMatchObject({ user_id: bob.id, space_id: home.id });
  }
  expect(await statusOf(server, 'bob')).toBe(401);
  await cleo.isRefused(404, 'GET', `/users/${bob.id}`);
  await olga.isRefused(404, 'GET', account(bob));
  const left: any[] = await cleo.does('GET', `/channels/${channel.id}/messages`);
  expect(left.map(({ author_id }) => author_id)).not.toContain(bob.id);
  expect(left.map(({ id }) => id)).toContain(kept.id);
  const users: any[] = await olga.does('GET', '/admin/users');
  expect(users.map(({ id }) => id)).not.toContain(bob.id);
  expect((await log(olga))[0]).toMatchObject({ action_type: 'user_delete', target_id: bob.id });
  const again = await arrives(server, 'bob');
  expect(again.id).not.toBe(bob.id);
});

test('a space is handed over by its owner with the password, and by the owner of the server without', async () => {
  await using here = await ownedServer();
  const { server, olga } = here;
  const [bob, cleo, dora] = [
    await arrives(server, 'bob'),
    await arrives(server, 'cleo'),
    await arrives(server, 'dora'),
  ];
  const { space } = await bob.founds('Garden', { public: false });
  const invite = await bob.does('POST', `/spaces/${space.id}/invites`, {});
  await cleo.does('POST', `/invites/${invite.code}/accept`);
  const [cleos, doras] = await listening([cleo, dora], ['spaces']);
  const path = `/spaces/${space.id}/transfer`;
  await bob.isRefused(403, 'POST', path, { owner_id: cleo.id, password: 'wrong horse' });
  await cleo.isRefused(403, 'POST', path, { owner_id: cleo.id, password });
  await olga.isRefused(403, 'POST', path, { owner_id: cleo.id, password });
  await cleos.hearsNothing();
  const given = await bob.does('POST', path, { owner_id: cleo.id, password });
  expect(given.owner_id).toBe(cleo.id);
  expect((await cleos.hears('space.update')).data).toEqual(given);
  await bob.isRefused(403, 'DELETE', `/spaces/${space.id}`);
  await doras.hearsNothing();
  // That was no act of an administrator.
  const before = await log(olga);
  expect(JSON.stringify(before)).not.toContain(space.id);

  // To somebody who was no member.
  const taken = await olga.does('PATCH', `/admin/spaces/${space.id}`, { owner_id: dora.id });
  expect(taken.owner_id).toBe(dora.id);
  expect((await doras.hears('space.create')).data['id']).toBe(space.id);
  expect((await cleos.hears('space.update')).data['owner_id']).toBe(dora.id);
  await cleo.isRefused(403, 'DELETE', `/spaces/${space.id}`);
  const changes = { owner_id: { old: cleo.id, new: dora.id } };
  expect((await log(olga))[0]).toMatchObject({ action_type: 'space_update', changes });
  const [entry] = await dora.does('GET', `/spaces/${space.id}/audit-log`);
  expect(entry).toMatchObject({ user_id: olga.id, action_type: 'space_update', changes });
  await dora.does('DELETE', `/spaces/${space.id}`);
});
