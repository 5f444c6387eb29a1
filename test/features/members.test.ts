import { expect, test } from 'bun:test';
import type { Person } from '../support/person.ts';
import { startTest } from '../support/server.ts';
import { deny, empower, ladder, rolesOf, world } from '../support/world.ts';

interface Member {
  user_id: string;
  user?: object;
}

test('a member has every field, with the account in it when read alone', async () => {
  await using server = await startTest();
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const member = await anna.does('GET', `/spaces/${space.id}/members/${bob.id}`);
  expect(member).toEqual({
    user_id: bob.id,
    space_id: space.id,
    nickname: null,
    avatar: null,
    roles: [],
    joined_at: expect.stringMatching(/Z$/),
    premium_since: null,
    deaf: false,
    mute: false,
    pending: false,
    timed_out_until: null,
    permissions: null,
    user: await anna.does('GET', `/users/${bob.id}`),
  });
});

test('members are listed by id, page by page, with their accounts on request', async () => {
  await using server = await startTest();
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  await cleo.joins(space);
  const path = `/spaces/${space.id}/members`;
  const ids = [anna, bob, cleo].map(({ id }) => id).toSorted();
  const all = await anna.call('GET', path);
  expect(all.data.map(({ user_id }: Member) => user_id)).toEqual(ids);
  expect(all.data.every((member: Member) => member.user === undefined)).toBe(true);
  expect(all.body).not.toHaveProperty('cursor');
  const first = await anna.call('GET', `${path}?limit=2&with_user=true`);
  expect(first.data.map(({ user_id }: Member) => user_id)).toEqual(ids.slice(0, 2));
  expect(first.data[0].user).toEqual(await bob.does('GET', `/users/${ids[0]}`));
  expect(first.body.cursor).toEqual({ after: ids[1], has_more: true });
  const second = await anna.call('GET', `${path}?limit=2&after=${first.body.cursor.after}`);
  expect(second.data.map(({ user_id }: Member) => user_id)).toEqual(ids.slice(2));
  expect(second.body).not.toHaveProperty('cursor');
  // Exactly as many as asked for is no reason for another page.
  expect((await anna.call('GET', `${path}?limit=3`)).body).not.toHaveProperty('cursor');
  const stranger = await server.person('stranger');
  await stranger.isRefused(403, 'GET', path);
  await stranger.isRefused(403, 'GET', `${path}/search?query=a`);
  await stranger.isRefused(403, 'GET', `${path}/${bob.id}`);
  expect((await server.call('GET', path)).status).toBe(401);
  expect(await server.admin.does('GET', path)).toHaveLength(3);
  await anna.isRefused(404, 'GET', `${path}/${stranger.id}`);
});

test('the server’s own account is in no list of members', async () => {
  await using server = await startTest();
  const [home] = await server.admin.does('GET', '/users/@me/spaces');
  const members = await server.admin.does('GET', `/spaces/${home.id}/members?with_user=true`);
  expect(members.map(({ user }: any) => user.username)).toEqual(['nobody']);
});

test('members are found by any part of username, nickname or display name, whatever its case', async () => {
  await using server = await startTest();
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  await cleo.joins(space);
  const path = `/spaces/${space.id}/members`;
  await bob.does('PATCH', '/users/@me', { display_name: 'Zoë Straße' });
  await cleo.does('PATCH', `${path}/@me`, { nickname: '100%_sure' });
  const found = async (query: string) => {
    const members = await anna.does('GET', `${path}/search?query=${encodeURIComponent(query)}`);
    return members.map(({ user_id }: Member) => user_id);
  };
  expect(await found('OB')).toEqual([bob.id]);
  expect(await found('zOË s')).toEqual([bob.id]);
  expect(await found('100%_')).toEqual([cleo.id]);
  // Nothing is an operator.
  expect(await found('%')).toEqual([cleo.id]);
  expect(await found('_')).toEqual([cleo.id]);
  expect(await found('.')).toEqual([]);
  expect(await found('nobody')).toEqual([]);
  expect(await found('')).toHaveLength(3);
  expect(await anna.does('GET', `${path}/search?query=&limit=2`)).toHaveLength(2);
  const [one] = await anna.does('GET', `${path}/search?query=bob&with_user=true`);
  expect(one.user.username).toBe('bob');
  await anna.isRefused(400, 'GET', `${path}/search`);
});

test('an empty change needs a membership and no permission, tells nobody and changes nothing', async () => {
  await using server = await startTest();
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  const annas = await anna.listens();
  await annas.unread();
  const path = `/spaces/${space.id}/members/${anna.id}`;
  for (const body of [{}, { nonsense: 1 }, { mute: null }]) {
    expect((await bob.does('PATCH', path, body)).user_id).toBe(anna.id);
    await cleo.isRefused(403, 'PATCH', path, body);
  }
  await bob.isRefused(404, 'PATCH', `/spaces/${space.id}/members/${cleo.id}`, {});
  await annas.hearsNothing();
});

test('each field needs a permission of its own, and a rank above that of the member', async () => {
  await using server = await startTest();
  const home = await ladder(server);
  const { anna, bob, cleo, space, low } = home;
  const members = `/spaces/${space.id}/members`;
  const fields: [object, string][] = [
    [{ nickname: 'x' }, 'manage_nicknames'],
    [{ nick: 'y' }, 'manage_nicknames'],
    [{ roles: [] }, 'manage_roles'],
    [{ mute: true }, 'mute_members'],
    [{ deaf: true }, 'deafen_members'],
    [{ communication_disabled_until: '2090-01-01T00:00:00Z' }, 'moderate_members'],
    [{ timed_out_until: null }, 'moderate_members'],
  ];
  const dora = await server.person('dora');
  await dora.joins(space);
  for (const [body, permission] of fields) {
    await dora.isRefused(403, 'PATCH', `${members}/${cleo.id}`, body);
    const role = await empower(home, dora, permission);
    await dora.does('PATCH', `${members}/${cleo.id}`, body);
    // Oneself, the own rank, the owner: out of reach.
    await dora.isRefused(403, 'PATCH', `${members}/${dora.id}`, body);
    await dora.isRefused(403, 'PATCH', `${members}/${anna.id}`, body);
    await anna.does('PUT', `${members}/${cleo.id}/roles/${role.id}`);
    await dora.isRefused(403, 'PATCH', `${members}/${cleo.id}`, body);
    await anna.does('DELETE', `/spaces/${space.id}/roles/${role.id}`);
  }
  // A permission comes before the existence of the member.
  await dora.isRefused(403, 'PATCH', `${members}/1`, { mute: true });
  // Nobody but the owner changes the owner; instance admins change everybody else.
  await server.admin.isRefused(403, 'PATCH', `${members}/${anna.id}`, { nickname: 'x' });
  await server.admin.does('PATCH', `${members}/${bob.id}`, { nickname: 'x', roles: [low.id] });
  await anna.does('PATCH', `${members}/${anna.id}`, { nickname: 'Boss', roles: [low.id] });
});

test('who sees no channel moderates all the same, and reads nobody by an empty change', async () => {
  await using server = await startTest();
  const { anna, bob, cleo, space } = await ladder(server);
  const path = `/spaces/${space.id}/members/${cleo.id}`;
  for (const { id, permissions } of await rolesOf(anna, space)) {
    const less = permissions.filter((name) => !['view_channel', 'administrator'].includes(name));
    await anna.does('PATCH', `/spaces/${space.id}/roles/${id}`, { permissions: less });
  }
  await bob.does('PATCH', path, { nickname: 'x' });
  await bob.isRefused(403, 'GET', path);
  await bob.isRefused(403, 'PATCH', path, {});
  await bob.isRefused(403, 'PATCH', path, { nonsense: 1 });
});

test('an image is looked at only when its sender may put it there', async () => {
  await using server = await startTest();
  const { anna, bob, cleo, space } = await ladder(server);
  const members = `/spaces/${space.id}/members`;
  const broken = { avatar: 'data:image/png;base64,AAAA' };
  const stranger = await server.person('dora');
  const change = (status: number, who: Person, whom: { id: string }) =>
    who.isRefused(status, 'PATCH', `${members}/${whom.id}`, broken);
  await change(403, stranger, cleo);
  await change(403, cleo, bob);
  await change(403, bob, anna);
  await change(403, cleo, cleo);
  await change(404, bob, stranger);
  await change(404, bob, { id: 'abc' });
  await change(400, bob, cleo);
  await change(400, anna, anna);
});

test('one refused field refuses them all', async () => {
  await using server = await startTest();
  const { bob, cleo, space } = await ladder(server);
  const path = `/spaces/${space.id}/members/${cleo.id}`;
  await bob.isRefused(403, 'PATCH', path, { nickname: 'x', mute: true });
  await bob.isRefused(400, 'PATCH', path, { nickname: 'x', roles: ['1'] });
  expect((await bob.does('GET', path)).nickname).toBeNull();
});

test('a change of a member is told once to all members; the same again is not', async () => {
  await using server = await startTest();
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const stranger = await server.person('stranger');
  const [bobs, strangers] = [await bob.listens(), await stranger.listens()];
  for (const ears of [bobs, strangers]) await ears.unread();
  const path = `/spaces/${space.id}/members/${bob.id}`;
  const change = { nickname: ' Bobby ', mute: true, deaf: true };
  const after = await anna.does('PATCH', path, change);
  expect(after).toMatchObject({ nickname: 'Bobby', mute: true, deaf: true });
  expect(after).not.toHaveProperty('user');
  const [told] = await bobs.hearsExactly('member.update');
  expect(told?.data).toEqual(after);
  await anna.does('PATCH', path, change);
  await bobs.hearsNothing();
  await strangers.hearsNothing();
});

test('a nickname has its bounds, and "" and null clear it', async () => {
  await using server = await startTest();
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const path = `/spaces/${space.id}/members/${bob.id}`;
  for (const nickname of ['x'.repeat(33), 'a\nb', '\u202ereversed']) {
    await anna.isRefused(400, 'PATCH', path, { nickname });
    await bob.isRefused(400, 'PATCH', `/spaces/${space.id}/members/@me`, { nickname });
  }
  await anna.isRefused(422, 'PATCH', path, { nickname: 1 });
  await anna.isRefused(422, 'PATCH', path, { mute: 'true' });
  await anna.isRefused(422, 'PATCH', path, { roles: 'x' });
  for (const empty of ['', null, '  ']) {
    await anna.does('PATCH', path, { nick: '\u{1f642}'.repeat(32) });
    expect((await anna.does('PATCH', path, { nick: empty })).nickname).toBeNull();
    // Of two that differ, one would be ignored.
    await anna.isRefused(400, 'PATCH', path, { nickname: 'Bobby', nick: empty });
    await anna.does('PATCH', path, { nickname: empty, nick: empty });
  }
});

test('one changes the own nickname with its permission, and nothing else that way', async () => {
  await using server = await startTest();
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  const path = `/spaces/${space.id}/members/@me`;
  const after = await bob.does('PATCH', path, { nick: 'Bobby', mute: true, roles: ['1'] });
  expect(after).toMatchObject({ user_id: bob.id, nickname: 'Bobby', mute: false, roles: [] });
  const [everyone] = await rolesOf(anna, space);
  await anna.does('PATCH', `/spaces/${space.id}/roles/${everyone?.id}`, {
    permissions: ['view_channel'],
  });
  await bob.isRefused(403, 'PATCH', path, { nickname: 'x' });
  await cleo.isRefused(403, 'PATCH', path, { nickname: 'x' });
  await server.admin.isRefused(404, 'PATCH', path, { nickname: 'x' });
});

test('who is kicked hears of it last, loses everything at once, and may come back', async () => {
  await using server = await startTest();
  const { anna, bob, cleo, space, general } = await ladder(server);
  const [annas, cleos] = [await anna.listens(), await cleo.listens()];
  await annas.unread();
  await cleo.isRefused(403, 'DELETE', `/spaces/${space.id}/members/${bob.id}`);
  expect(await bob.does('DELETE', `/spaces/${space.id}/members/${cleo.id}`)).toBeNull();
  const [left] = await annas.hearsExactly('member.leave', 'audit_log.create');
  expect(left?.data).toEqual({ space_id: space.id, user_id: cleo.id });
  const [, lost] = await cleos.hearsExactly('member.leave', 'space.delete');
  expect(lost?.data).toEqual({ id: space.id });
  await anna.says(general, 'unheard');
  await cleos.hearsNothing();
  await cleo.isRefused(403, 'POST', `/channels/${general.id}/messages`, { content: 'x' });
  // Again, and whom nobody knows: nothing happens.
  await annas.unread();
  for (const id of [cleo.id, '1', 'abc']) {
    expect(await bob.does('DELETE', `/spaces/${space.id}/members/${id}`)).toBeNull();
  }
  await annas.hearsNothing();
  await cleo.joins(space);
  // Not oneself, not the own rank, not the owner, by nobody.
  for (const id of [bob.id, anna.id]) {
    await bob.isRefused(403, 'DELETE', `/spaces/${space.id}/members/${id}`);
  }
  await anna.isRefused(403, 'DELETE', `/spaces/${space.id}/members/${anna.id}`);
  await server.admin.isRefused(403, 'DELETE', `/spaces/${space.id}/members/${anna.id}`);
  await server.admin.does('DELETE', `/spaces/${space.id}/members/${bob.id}`);
});

test('anybody leaves, also without seeing anything; the owner stays', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space, general } = home;
  const cleo = await server.person('cleo');
  const path = `/spaces/${space.id}/members/@me`;
  await deny(home, general, 'view_channel');
  const [everyone] = await rolesOf(anna, space);
  await anna.does('PATCH', `/spaces/${space.id}/roles/${everyone?.id}`, { permissions: [] });
  const bobs = await bob.listens();
  expect(await bob.does('DELETE', path)).toBeNull();
  await bobs.hearsExactly('member.leave', 'space.delete');
  await bob.isRefused(403, 'DELETE', path);
  await cleo.isRefused(403, 'DELETE', path);
  await server.admin.isRefused(403, 'DELETE', path);
  await anna.isRefused(400, 'DELETE', path);
});
