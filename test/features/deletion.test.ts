// The account of somebody who deletes it is gone for everybody with the answer, and its name is free.
import { expect, test } from 'bun:test';
import { deleteAccount } from '../../src/features/server/accounts/actions.ts';
import { FakeClock } from '../support/clock.ts';
import { opens } from '../support/conversing.ts';
import { countRows } from '../support/crowd.ts';
import { clearAll, deletes, password, withPassword } from '../support/deleting.ts';
import { FakeLiveKit, voiceWithoutCalls } from '../support/fake-livekit.ts';
import { Guest } from '../support/guest.ts';
import { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { befriend } from '../support/strangers.ts';
import { listening, voiceChannel, world } from '../support/world.ts';

const me = '/users/@me';

const logIn = (server: TestServer, username: string) =>
  server.call('POST', '/auth/login', { username, password });

const everywhere = (server: TestServer, user_id: string): string[] =>
  server.app.db.sqlite
    .query<{ name: string }, []>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'",
    )
    .all()
    .flatMap(({ name }) => {
      const rows = server.app.db.sqlite.query(`SELECT * FROM ${name}`).all();
      return JSON.stringify(rows).includes(user_id) ? [name] : [];
    });

test('a deleted account logs in no more, is found nowhere, and its name is free at once', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  await server.call('POST', '/auth/register', { username: 'bob', password });
  const { data } = await logIn(server, 'bob');
  const bob = new Person(server, { id: data.user.id, name: 'bob', token: data.token });
  const elsewhere = new Person(server, {
    id: bob.id,
    name: 'bob',
    token: (await logIn(server, 'bob')).data.token,
  });
  const { owner, space } = await world(server, 'olga');
  await bob.joins(space);
  const [ears, others] = [await bob.listens(), await elsewhere.listens()];
  const answer = await bob.call('DELETE', me, { password });
  expect([answer.status, answer.body]).toEqual([200, { data: null }]);
  expect([await ears.closes(), await others.closes()]).toEqual([4004, 4004]);
  for (const one of [bob, elsewhere]) await one.isRefused(401, 'GET', me);
  expect((await logIn(server, 'bob')).status).toBe(401);
  await owner.isRefused(404, 'GET', `/users/${bob.id}`);
  await owner.isRefused(404, 'GET', `/users/${bob.id}/mutual-friends`);
  await owner.isRefused(404, 'PUT', `${me}/relationships/${bob.id}`, { type: 1 });
  await owner.isRefused(404, 'POST', `${me}/channels`, { recipient_id: bob.id });
  await owner.isRefused(404, 'PUT', `/spaces/${space.id}/bans/${bob.id}`, {});
  expect(await owner.does('GET', '/users/search?query=bob')).toEqual([]);
  expect(await owner.does('GET', '/users/search?query=Deleted%20Account')).toEqual([]);
  // The same name is another account.
  const again = await server.call('POST', '/auth/register', { username: 'bob', password });
  expect(again.status).toBe(200);
  expect(again.data.user.id).not.toBe(bob.id);
  await clearAll(server);
  // The audit log says that somebody has joined, and does so for a while.
  const left = everywhere(server, bob.id).filter((name) => !/^events$|^event_/.test(name));
  expect(left.toSorted()).toEqual(['audit_entries', 'users']);
  expect(countRows(server, 'users', `id = '${bob.id}' AND username LIKE 'Deleted %'`)).toBe(1);
  expect((await logIn(server, 'bob')).data.user.id).toBe(again.data.user.id);
});

test('it takes the password, once more: none is 400, a wrong one 403 and no more guesses than at a login', async () => {
  await using server = await startTest();
  const { bob } = await world(server, 'olga', 'bob');
  await withPassword(server, bob);
  await bob.isRefused(400, 'DELETE', me, {});
  await bob.isRefused(400, 'DELETE', me);
  await bob.isRefused(422, 'DELETE', me, { password: 7 });
  for (let count = 0; count < 5; count += 1) {
    await bob.isRefused(403, 'DELETE', me, { password: 'wrong horse' });
  }
  await bob.isRefused(429, 'DELETE', me, { password });
  expect(server.logged.map(({ message }) => message)).toContain('account deletion refused');
  expect((await bob.does('GET', me)).username).toBe('bob');
});

test('a password that was changed meanwhile is a wrong one', async () => {
  await using server = await startTest();
  const { bob } = await world(server, 'olga', 'bob');
  await withPassword(server, bob);
  const change = { old_password: password, new_password: 'battery staple' };
  await bob.does('POST', '/auth/change-password', change);
  await bob.isRefused(403, 'DELETE', me, { password });
  await bob.does('DELETE', me, { password: 'battery staple' });
});

test('guests and bots delete nothing; nor does nobody', async () => {
  await using server = await startTest();
  const { owner, space } = await world(server, 'olga');
  const guest = await Guest.enter(server, space);
  const asked = { authorization: guest.authorization };
  expect((await server.call('DELETE', me, { password }, asked)).status).toBe(403);
  expect((await server.call('DELETE', me, { password })).status).toBe(401);
  const { token } = await owner.does('POST', '/applications', { name: 'Ping' });
  const bot = { authorization: `Bot ${token}` };
  expect((await server.call('DELETE', me, { password }, bot)).status).toBe(403);
  const bots = owner.does('GET', '/applications/@me');
  const { bot_user_id: _, ...application } = await bots;
  expect(application.name).toBe('Ping');
});

test('who owns spaces, or whose bots do, hands them over or deletes them first', async () => {
  await using server = await startTest();
  const bob = await server.person('bob');
  await withPassword(server, bob);
  const spaces = [await bob.founds('One'), await bob.founds('Two')];
  const { body } = await bob.isRefused(400, 'DELETE', me, { password });
  expect(body.error.message).toContain('owns 2 spaces: hand them over or delete them');
  for (const { space } of spaces) await bob.does('DELETE', `/spaces/${space.id}`);
  const { token } = await bob.does('POST', '/applications', { name: 'Ping' });
  const authorization = { authorization: `Bot ${token}` };
  const made = await server.call('POST', '/spaces', { name: 'Robots' }, authorization);
  const refused = await bob.isRefused(400, 'DELETE', me, { password });
  expect(refused.body.error.message).toContain('Bots of this account own a space');
  await server.call('DELETE', `/spaces/${made.data.id}`, undefined, authorization);
  await deletes(bob);
});

test('the last enabled admin stays', async () => {
  await using server = await startTest();
  const { admin } = server;
  const bob = await server.person('bob');
  await withPassword(server, admin);
  for (const { id } of await admin.does('GET', '/users/@me/spaces')) {
    await admin.call('DELETE', `/spaces/${id}`);
  }
  await admin.isRefused(400, 'DELETE', me, { password });
  const makeAdmin = (disabled: boolean) =>
    server.turn(({ tx }) => {
      tx.sqlite
        .query('UPDATE users SET is_admin = 1, disabled = ? WHERE id = ?')
        .run(Number(disabled), bob.id);
    });
  await makeAdmin(true);
  const { body } = await admin.isRefused(400, 'DELETE', me, { password });
  expect(body.error.message).toContain('last instance admin');
  await makeAdmin(false);
  await deletes(admin);
});

test('System and bots are deleted by nobody', async () => {
  await using server = await startTest();
  const bob = await server.person('bob');
  const { application } = await bob.does('POST', '/applications', { name: 'Ping' });
  const idOf = (where: string, ...values: string[]) =>
    server.app.db.sqlite
      .query<{ id: string }, string[]>(`SELECT id FROM users WHERE ${where}`)
      .get(...values)?.id ?? '';
  const bot_id = idOf('id = (SELECT bot_user_id FROM applications WHERE id = ?)', application.id);
  const refusal = (id: string) =>
    server
      .turn((turn) => deleteAccount(turn, id))
      .then(
        () => 'none',
        (error: Error) => error.message,
      );
  expect(await refusal(idOf('system = 1'))).toContain('belongs to the server');
  expect(await refusal(bot_id)).toContain('goes with its application');
  expect(await refusal('1')).toContain('no such user');
});

test('members hear that it leaves, friends that it is gone and offline, and nobody else anything', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const { owner, bob, space, general } = await world(server, 'olga', 'bob');
  const [fred, stranger] = [await server.person('fred'), await server.person('stranger')];
  for (const one of [bob, fred, stranger]) {
    for (const { id } of await one.does('GET', '/users/@me/spaces')) {
      if (id !== space.id) await one.does('DELETE', `/spaces/${id}/members/@me`);
    }
  }
  await befriend(bob, fred);
  await withPassword(server, bob);
  await bob.says(general, 'hello');
  await bob.listens();
  const everything = ['spaces', 'members', 'messages', 'presences', 'relationships'];
  const [owners, freds, strangers] = await listening([owner, fred, stranger], everything);
  await deletes(bob);
  const heard = (await owners.unread()).map(({ type, data }) => [
    type,
    data['user_id'] ?? data['id'],
  ]);
  expect(heard.slice(0, 3)).toEqual([
    ['presence.update', bob.id],
    ['user.update', bob.id],
    ['member.leave', bob.id],
  ]);
  const ofFred = await freds.hearsExactly('presence.update', 'user.update', 'relationship.remove');
  expect(ofFred[0]?.data).toMatchObject({ user_id: bob.id, status: 'offline' });
  expect(ofFred[1]?.data).toMatchObject({ id: bob.id, display_name: 'Deleted Account', bio: null });
  expect(ofFred[2]?.data).toEqual({ user_id: bob.id });
  await clearAll(server);
  const bulk = (await owners.unread()).map(({ type }) => type);
  expect(bulk).toEqual(['message.delete_bulk']);
  await freds.hearsNothing();
  await strangers.hearsNothing();
  expect(await fred.does('GET', '/users/@me/relationships')).toEqual([]);
});

test('its bots end with it, and what they wrote stays', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const { owner, bob, space, general } = await world(server, 'olga', 'bob');
  await withPassword(server, bob);
  const { token } = await bob.does('POST', '/applications', { name: 'Ping' });
  const bot = new Person(server, { id: '', name: 'Ping', token });
  bot.scheme = 'Bot';
  const { id } = await bot.does('GET', me);
  await owner.does(
    'PUT',
    `/spaces/${space.id}/members/${bob.id}/roles/${await roleOf(owner, space)}`,
  );
  await bot.joins(space);
  const said = await bot.says(general, 'I was here');
  const ears = await bot.listens();
  await deletes(bob);
  expect(await ears.closes()).toBe(4004);
  await bot.isRefused(401, 'GET', me);
  await clearAll(server);
  expect(countRows(server, 'applications')).toBe(0);
  const members = await owner.does('GET', `/spaces/${space.id}/members`);
  expect(members.map((one: any) => one.user_id)).toEqual([owner.id]);
  const read = await owner.does('GET', `/channels/${general.id}/messages/${said.id}`);
  expect(read).toMatchObject({ content: 'I was here', author_id: id });
});

async function roleOf(owner: Person, space: { id: string }): Promise<string> {
  const wish = { name: 'keeper', permissions: ['manage_space'] };
  return (await owner.does('POST', `/spaces/${space.id}/roles`, wish)).id;
}

test('a group goes on without it, and has another owner', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const { bob, anna, cleo } = await world(server, 'olga', 'bob', 'anna', 'cleo');
  await withPassword(server, bob);
  const wish = { recipients: [anna.id, cleo.id] };
  const group = await bob.does('POST', `${me}/channels`, wish);
  await bob.says(group, 'mine');
  const kept = await anna.says(group, 'hers');
  const [annas] = await listening([anna], ['spaces', 'messages']);
  await deletes(bob);
  const update = (await annas.hears('channel.update')).data;
  expect(update['owner_id']).toBe(anna.id);
  expect(update['recipients'].map((one: any) => one.id)).toEqual([cleo.id]);
  await clearAll(server);
  expect(
    (await anna.does('GET', `/channels/${group.id}/messages`)).map((one: any) => one.id),
  ).toEqual([kept.id]);
  expect(countRows(server, 'conversation_people', `user_id = '${bob.id}'`)).toBe(0);
});

test('a conversation of two stays with the other, who reads what they said and can say no more', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const { bob, anna } = await world(server, 'olga', 'bob', 'anna');
  await withPassword(server, bob, anna);
  const dm = await opens(bob, anna);
  await bob.says(dm, 'mine');
  const kept = await anna.says(dm, 'hers');
  await bob.says(dm, 'the last word');
  const [annas] = await listening([anna], ['spaces', 'messages']);
  await deletes(bob);
  expect((await annas.hears('user.update')).data['display_name']).toBe('Deleted Account');
  const look = async () => {
    const [window] = await anna.does('GET', `${me}/channels`);
    expect(window).toMatchObject({ id: dm.id, last_message_id: kept.id });
    const { username, avatar, bio } = window.recipients[0];
    expect({ username, avatar, bio }).toEqual({
      username: `Deleted Account ${bob.id}`,
      avatar: null,
      bio: null,
    });
    const messages = await anna.does('GET', `/channels/${dm.id}/messages`);
    expect(messages.map((one: any) => one.id)).toEqual([kept.id]);
  };
  await look();
  await clearAll(server);
  await look();
  await annas.hears('channel.update');
  await anna.isRefused(403, 'POST', `/channels/${dm.id}/messages`, { content: 'still there?' });
  // The window closes and opens again, although there is no such account.
  await anna.does('DELETE', `/channels/${dm.id}`);
  expect((await opens(anna, bob)).id).toBe(dm.id);
  // When both are gone, nothing is left of it.
  await deletes(anna);
  await clearAll(server);
  for (const table of ['conversation_people', 'dm_pairs', 'messages']) {
    expect({ table, rows: countRows(server, table) }).toEqual({ table, rows: 0 });
  }
});

test('it leaves a call, which ends if nobody else is in it, and LiveKit’s room', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob');
  const { owner, bob } = home;
  await withPassword(server, bob);
  const dm = await opens(bob, owner);
  await bob.does('POST', `/channels/${dm.id}/voice/join`, {});
  const [ears] = await listening([owner], ['voice_states']);
  await deletes(bob);
  expect((await ears.hears('voice.state_update')).data).toMatchObject({
    user_id: bob.id,
    channel_id: null,
  });
  await ears.hears('call.end');
  expect(countRows(server, 'voice_states')).toBe(0);
});

test('it leaves a voice channel before it leaves the space', async () => {
  await using server = await startTest({ settings: voiceWithoutCalls });
  const home = await world(server, 'olga', 'bob');
  const { owner, bob } = home;
  await withPassword(server, bob);
  const lounge = await voiceChannel(home);
  await bob.does('POST', `/channels/${lounge.id}/voice/join`, {});
  const [ears] = await listening([owner], ['voice_states', 'members']);
  await deletes(bob);
  await ears.hears('voice.state_update');
  await ears.hears('member.leave');
  expect(await owner.does('GET', `/channels/${lounge.id}/voice-status`)).toEqual([]);
});

test('a ban of it ends, told to moderators; the same person may register and come in again', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const { owner, bob, space } = await world(server, 'olga', 'bob');
  await withPassword(server, bob);
  await owner.does('PUT', `/spaces/${space.id}/bans/${bob.id}`, {});
  const [ears] = await listening([owner], ['moderation']);
  await deletes(bob);
  const { data } = await ears.hears('ban.delete');
  expect(data).toEqual({ space_id: space.id, user_id: bob.id });
  expect((await owner.call('GET', `/spaces/${space.id}/bans`)).data).toEqual([]);
});

test('what stays in the audit log names nobody, and the account goes when the entry does', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, bob, space } = await world(server, 'olga', 'bob');
  await withPassword(server, bob);
  await owner.does(
    'PUT',
    `/spaces/${space.id}/members/${bob.id}/roles/${await roleOf(owner, space)}`,
  );
  await bob.does('PATCH', `/spaces/${space.id}`, { description: 'by bob' });
  await deletes(bob);
  await clearAll(server);
  const entries = await owner.does('GET', `/spaces/${space.id}/audit-log?user_id=${bob.id}`);
  expect(entries.map((one: any) => one.action_type)).toEqual(['space_update', 'member_join']);
  expect(countRows(server, 'users', `id = '${bob.id}' AND username LIKE 'Deleted Account %'`)).toBe(
    1,
  );
  await server.turn(({ tx }) => {
    tx.sqlite.query('DELETE FROM audit_entries').run();
  });
  await clock.pass(86_400_000);
  await owner.does('GET', me);
  for (let look = 0; countRows(server, 'users', `id = '${bob.id}'`) > 0 && look < 500; look += 1) {
    await server.turn(() => {});
    await Bun.sleep(1);
  }
  expect(countRows(server, 'users', `id = '${bob.id}'`)).toBe(0);
});

test('its pictures and files are gone with it', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const { owner, bob, space } = await world(server, 'olga', 'bob');
  await withPassword(server, bob);
  const { dot } = await import('../support/place.ts');
  const { avatar } = await bob.does('PATCH', me, { avatar: dot, bio: 'me', display_name: 'Bobby' });
  const own = await bob.does('PATCH', `/spaces/${space.id}/members/@me`, {
    avatar: dot,
    nick: 'B',
  });
  const status = async (path: string) => (await fetch(server.origin + path)).status;
  expect([await status(avatar), await status(own.avatar)]).toEqual([200, 200]);
  await deletes(bob);
  expect([await status(avatar), await status(own.avatar)]).toEqual([404, 404]);
  await clearAll(server);
  await owner.does('GET', me);
});
