import { expect, test } from 'bun:test';
import { startTest } from '../support/server.ts';
import { ladder, rolesOf } from '../support/world.ts';

test('a role has every field, and defaults for all but the name', async () => {
  await using server = await startTest();
  const { anna, path, space } = await ladder(server);
  const role = await anna.does('POST', path, { name: '  Plain ' });
  expect(role).toEqual({
    id: expect.stringMatching(/^\d+$/),
    space_id: space.id,
    name: 'Plain',
    color: 0,
    hoist: false,
    icon: null,
    position: 6,
    permissions: [],
    managed: false,
    mentionable: false,
  });
  const full = {
    name: 'Plain',
    color: 0xffff_ffff,
    hoist: true,
    mentionable: true,
    permissions: ['kick_members', 'manage_automod', 'administrator'],
  };
  const other = await anna.does('POST', path, {
    ...full,
    permissions: [...full.permissions, 'kick_members'],
  });
  expect({ ...other, permissions: other.permissions.toSorted() }).toMatchObject({
    ...full,
    permissions: full.permissions.toSorted(),
  });
});

test('each field of a role has its bounds, the same when it is made and when it is changed', async () => {
  await using server = await startTest();
  const { anna, path, low } = await ladder(server);
  const wrong = [
    { name: '' },
    { name: ' ' },
    { name: 'x'.repeat(101) },
    { color: -1 },
    { color: 0x1_0000_0000 },
    { permissions: ['fly'] },
    { permissions: ['kick_members', ''] },
  ];
  const misshapen = [
    { name: 1 },
    { color: 'red' },
    { color: 1.5 },
    { hoist: 'yes' },
    { permissions: 'kick_members' },
    { permissions: [1] },
  ];
  for (const [status, bodies] of [
    [400, wrong],
    [422, misshapen],
  ] as const) {
    for (const body of bodies) {
      await anna.isRefused(status, 'POST', path, { name: 'x', ...body });
      await anna.isRefused(status, 'PATCH', `${path}/${low.id}`, body);
    }
  }
  await anna.isRefused(422, 'POST', path, {});
  const cleared = await anna.does('PATCH', `${path}/${low.id}`, {
    name: null,
    hoist: null,
    icon: null,
  });
  expect(cleared).toEqual(low);
});

test('members read the roles, strangers do not', async () => {
  await using server = await startTest();
  const { bob, path, space } = await ladder(server);
  const stranger = await server.person('stranger');
  await stranger.isRefused(403, 'GET', path);
  expect((await server.call('GET', path)).status).toBe(401);
  expect(await rolesOf(bob, space)).toHaveLength(6);
  // An instance admin reads along.
  expect(await rolesOf(server.admin, space)).toHaveLength(6);
});

test('nobody gives a permission that they lack; owners and instance admins give any', async () => {
  await using server = await startTest();
  const { anna, bob, path, low } = await ladder(server);
  for (const permissions of [
    ['ban_members'],
    ['administrator'],
    ['kick_members', 'manage_space'],
  ]) {
    await bob.isRefused(403, 'POST', path, { name: 'x', permissions });
    await bob.isRefused(403, 'PATCH', `${path}/${low.id}`, { permissions });
  }
  await bob.does('PATCH', `${path}/${low.id}`, { permissions: ['kick_members', 'view_channel'] });
  for (const person of [anna, server.admin]) {
    await person.does('POST', path, { name: 'x', permissions: ['administrator', 'ban_members'] });
  }
});

test('who has administrator gives any permission, and stays below their own rank', async () => {
  await using server = await startTest();
  const { anna, cleo, path, space, high } = await ladder(server);
  const boss = await anna.does('POST', path, { name: 'Boss', permissions: ['administrator'] });
  await anna.does('PUT', `/spaces/${space.id}/members/${cleo.id}/roles/${boss.id}`);
  await cleo.does('PATCH', `${path}/${high.id}`, {
    permissions: ['administrator', 'manage_space'],
  });
  await cleo.isRefused(403, 'PATCH', `${path}/${boss.id}`, { name: 'x' });
});

test('a role at or above one’s own rank cannot be changed, removed or moved', async () => {
  await using server = await startTest();
  const { bob, cleo, path, low, middle, high } = await ladder(server);
  for (const { id } of [middle, high]) {
    await bob.isRefused(403, 'PATCH', `${path}/${id}`, { name: 'x' });
    await bob.isRefused(403, 'DELETE', `${path}/${id}`);
    await bob.isRefused(403, 'PATCH', path, [{ id, position: 1 }]);
  }
  await bob.isRefused(403, 'PATCH', path, [{ id: low.id, position: middle.position }]);
  await bob.isRefused(403, 'PATCH', path, [{ id: low.id, position: 99 }]);
  await bob.does('PATCH', `${path}/${low.id}`, { name: 'Lower' });
  await bob.does('DELETE', `${path}/${low.id}`);
  // Permission comes before existence; who has it learns that there is no such role.
  for (const id of [low.id, '1', 'abc']) {
    await bob.isRefused(404, 'PATCH', `${path}/${id}`, {});
    await bob.isRefused(404, 'DELETE', `${path}/${id}`);
    await cleo.isRefused(403, 'PATCH', `${path}/${id}`, {});
    await cleo.isRefused(403, 'DELETE', `${path}/${id}`);
  }
  await cleo.isRefused(403, 'POST', path, { name: 'x' });
  await cleo.isRefused(403, 'PATCH', path, []);
});

test('a role of another space is unknown here', async () => {
  await using server = await startTest();
  const { anna, path } = await ladder(server);
  const { space: other } = await anna.founds('Other');
  const foreign = (await rolesOf(anna, other)).at(-1);
  await anna.isRefused(404, 'PATCH', `${path}/${foreign?.id}`, { name: 'x' });
  await anna.isRefused(404, 'DELETE', `${path}/${foreign?.id}`);
});

test('a position in an update is ignored; what changes is told to all members, what does not is not', async () => {
  await using server = await startTest();
  const { anna, bob, path, space, low } = await ladder(server);
  const stranger = await server.person('stranger');
  const [bobs, strangers] = [await bob.listens(), await stranger.listens()];
  for (const ears of [bobs, strangers]) await ears.unread();
  const changed = await anna.does('PATCH', `${path}/${low.id}`, { color: 5, position: 99 });
  expect(changed).toEqual({ ...low, color: 5 });
  const [told] = await bobs.hearsExactly('role.update');
  expect(told?.data).toEqual({ space_id: space.id, role: changed });
  await anna.does('PATCH', `${path}/${low.id}`, { color: 5 });
  await anna.does('PATCH', `${path}/${low.id}`, {});
  await bobs.hearsNothing();
  const made = await anna.does('POST', path, { name: 'New' });
  const [created] = await bobs.hearsExactly('role.create');
  expect(created?.data).toEqual({ space_id: space.id, role: made });
  await bob.does('POST', path, { name: 'Raises three' });
  await bobs.hearsExactly('role.create', 'role.update', 'role.update', 'role.update');
  await strangers.hearsNothing();
});

test('a deleted role is taken from everybody and from every channel; @everyone stays', async () => {
  await using server = await startTest();
  const { anna, bob, path, space, general, middle } = await ladder(server);
  const [everyone] = await rolesOf(anna, space);
  await anna.isRefused(403, 'DELETE', `${path}/${everyone?.id}`);
  await anna.does('PUT', `/channels/${general.id}/permissions/${middle.id}`, {
    type: 'role',
    allow: [],
    deny: ['send_messages'],
  });
  await bob.isRefused(403, 'POST', `/channels/${general.id}/messages`, { content: 'x' });
  const bobs = await bob.listens();
  expect(await anna.does('DELETE', `${path}/${middle.id}`)).toBeNull();
  const [gone, channel] = await bobs.hearsExactly('role.delete', 'channel.update');
  expect(gone?.data).toEqual({ space_id: space.id, role_id: middle.id });
  expect(channel?.data).toMatchObject({ id: general.id, permission_overwrites: [] });
  expect((await anna.does('GET', `/spaces/${space.id}/members/${bob.id}`)).roles).toEqual([]);
  await bob.says(general, 'free');
  await bob.isRefused(403, 'POST', path, { name: 'x' });
});

test('the list of roles comes in pages', async () => {
  await using server = await startTest();
  const { anna, bob, path, low, middle, high } = await ladder(server);
  const page = async (query: string) => {
    const roles = await bob.does('GET', `${path}?${query}`);
    return roles.map(({ name }: { name: string }) => name);
  };
  expect(await page('limit=2')).toEqual(['@everyone', 'Moderator']);
  expect(await page(`limit=2&after=${low.id}`)).toEqual(['Middle', 'High']);
  expect(await page(`after=${high.id}`)).toEqual([]);
  // Who stands behind a role that is gone meanwhile misses none: the list begins anew.
  await anna.does('DELETE', `${path}/${low.id}`);
  expect(await page(`limit=2&after=${low.id}`)).toEqual(['@everyone', 'Moderator']);
  expect(await page(`after=${middle.id}`)).toEqual(['High']);
  await bob.isRefused(400, 'GET', `${path}?after=Low`);
});

test('a space has a bounded number of roles', async () => {
  await using server = await startTest();
  const { anna, path, space } = await ladder(server);
  await server.turn(({ tx }) => {
    for (let n = 6; n < 250; n += 1) {
      tx.sqlite.run(
        "INSERT INTO roles (id, space_id, name, position, permissions) VALUES (?, ?, 'r', ?, '[]')",
        [String(n), space.id, n],
      );
    }
    return null;
  });
  await anna.isRefused(400, 'POST', path, { name: 'One more' });
});
