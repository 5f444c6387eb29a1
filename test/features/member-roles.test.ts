import { expect, test } from 'bun:test';
import { startTest } from '../support/server.ts';
import { empower, ladder, rolesOf } from '../support/world.ts';

test('a role is given and taken by who stands above it and above the member; told once', async () => {
  await using server = await startTest();
  const { anna, bob, cleo, space, low } = await ladder(server);
  const path = `/spaces/${space.id}/members/${cleo.id}/roles/${low.id}`;
  const annas = await anna.listens();
  await annas.unread();
  expect(await bob.does('PUT', path)).toBeNull();
  const [told] = await annas.hearsExactly('member.update', 'audit_log.create');
  expect(told?.data).toMatchObject({ user_id: cleo.id, roles: [low.id] });
  await bob.does('PUT', path);
  await annas.hearsNothing();
  expect(await bob.does('DELETE', path)).toBeNull();
  await annas.hearsExactly('member.update', 'audit_log.create');
  await bob.does('DELETE', path);
  await annas.hearsNothing();
});

test('whoever lacks the permission is refused before anything is looked up', async () => {
  await using server = await startTest();
  const { cleo, space, low } = await ladder(server);
  const stranger = await server.person('stranger');
  for (const person of [cleo, stranger]) {
    for (const tail of [`${cleo.id}/roles/${low.id}`, `${cleo.id}/roles/1`, `1/roles/1`]) {
      await person.isRefused(403, 'PUT', `/spaces/${space.id}/members/${tail}`);
      await person.isRefused(403, 'DELETE', `/spaces/${space.id}/members/${tail}`);
    }
  }
});

test('not the own rank, not a higher one, not for equals, not @everyone', async () => {
  await using server = await startTest();
  const { anna, bob, cleo, space, low, middle, high } = await ladder(server);
  const path = (user: { id: string }, role: { id: string | undefined }) =>
    `/spaces/${space.id}/members/${user.id}/roles/${role.id}`;
  for (const method of ['PUT', 'DELETE']) {
    await bob.isRefused(403, method, path(cleo, middle));
    await bob.isRefused(403, method, path(cleo, high));
    await bob.isRefused(403, method, path(bob, middle));
    await bob.isRefused(403, method, path(bob, high));
    await bob.isRefused(403, method, path(anna, low));
    await bob.isRefused(404, method, path(cleo, { id: '1' }));
    const stranger = await server.person(`stranger-${method.toLowerCase()}`.replace('-', '_'));
    await bob.isRefused(404, method, path(stranger, low));
    await bob.isRefused(404, method, path({ id: 'abc' }, low));
    const [everyone] = await rolesOf(anna, space);
    await bob.isRefused(400, method, path(cleo, { id: everyone?.id }));
  }
  await anna.does('PUT', path(cleo, middle));
  await bob.isRefused(403, 'PUT', path(cleo, low));
  const { space: other } = await anna.founds('Other');
  const foreign = (await rolesOf(anna, other)).at(-1);
  await anna.isRefused(404, 'PUT', path(cleo, { id: foreign?.id }));
  // The owner gives any role to anybody, also to the owner; an instance admin to all but the owner.
  await anna.does('PUT', path(anna, low));
  await server.admin.does('PUT', path(cleo, high));
  await server.admin.isRefused(403, 'PUT', path(anna, high));
});

test('a list of roles replaces the old one; what comes and goes must stand below the actor', async () => {
  await using server = await startTest();
  const { anna, bob, cleo, space, low, middle, high } = await ladder(server);
  const path = `/spaces/${space.id}/members/${cleo.id}`;
  const roles = async (list: unknown) => (await bob.call('PATCH', path, { roles: list })).status;
  const [everyone] = await rolesOf(anna, space);
  const { space: other } = await anna.founds('Other');
  const foreign = (await rolesOf(anna, other)).at(-1);
  expect(await roles([low.id, low.id])).toBe(200);
  expect((await bob.does('GET', path)).roles).toEqual([low.id]);
  for (const id of ['1', 'abc', foreign?.id, everyone?.id]) expect(await roles([id])).toBe(400);
  for (const id of [middle.id, high.id]) expect(await roles([id])).toBe(403);
  expect(await roles([5])).toBe(422);
  expect((await bob.does('GET', path)).roles).toEqual([low.id]);
  expect(await roles([])).toBe(200);
  expect((await bob.does('GET', path)).roles).toEqual([]);
  // Replacing is refused as a whole once the member has risen.
  await anna.does('PATCH', path, { roles: [high.id, low.id] });
  expect(await roles([])).toBe(403);
  expect((await anna.does('GET', path)).roles.toSorted()).toEqual([high.id, low.id].toSorted());
});

test('a role that is given or taken moves what one hears in the same moment', async () => {
  await using server = await startTest();
  const { anna, cleo, space, general, low } = await ladder(server);
  const [everyone] = await rolesOf(anna, space);
  await anna.does('PUT', `/channels/${general.id}/permissions/${everyone?.id}`, {
    type: 'role',
    allow: [],
    deny: ['view_channel'],
  });
  await anna.does('PUT', `/channels/${general.id}/permissions/${low.id}`, {
    type: 'role',
    allow: ['view_channel'],
    deny: [],
  });
  const cleos = await cleo.listens();
  await anna.does('PUT', `/spaces/${space.id}/members/${cleo.id}/roles/${low.id}`);
  await cleos.hearsExactly('member.update', 'channel.create');
  await anna.says(general, 'heard');
  await cleos.hearsExactly('message.create');
  await anna.does('DELETE', `/spaces/${space.id}/members/${cleo.id}/roles/${low.id}`);
  await cleos.hearsExactly('member.update', 'channel.delete');
  await anna.says(general, 'unheard');
  await cleos.hearsNothing();
});

test('a role with a permission lets one act at once', async () => {
  await using server = await startTest();
  const home = await ladder(server);
  const { anna, cleo, space } = home;
  const path = `/spaces/${space.id}/channels`;
  await cleo.isRefused(403, 'POST', path, { name: 'x' });
  const role = await empower(home, cleo, 'manage_channels');
  await cleo.does('POST', path, { name: 'x' });
  await anna.does('DELETE', `/spaces/${space.id}/members/${cleo.id}/roles/${role.id}`);
  await cleo.isRefused(403, 'POST', path, { name: 'y' });
});

test('a role is given only by who holds what it holds, on every way', async () => {
  await using server = await startTest();
  const { anna, bob, cleo, space, low, path } = await ladder(server);
  const members = `/spaces/${space.id}/members`;
  await anna.does('PATCH', `${path}/${low.id}`, { permissions: ['ban_members', 'send_tts'] });
  for (const { id } of [cleo, bob]) {
    await bob.isRefused(403, 'PUT', `${members}/${id}/roles/${low.id}`);
    await bob.isRefused(403, 'PATCH', `${members}/${id}`, { roles: [low.id] });
  }
  // Who has it already keeps it when others come and go, and it can be taken away.
  await anna.does('PUT', `${members}/${cleo.id}/roles/${low.id}`);
  await bob.does('PUT', `${members}/${cleo.id}/roles/${low.id}`);
  await bob.does('PATCH', `${members}/${cleo.id}`, { roles: [low.id] });
  await bob.does('DELETE', `${members}/${cleo.id}/roles/${low.id}`);
  await anna.does('PATCH', `${path}/${low.id}`, { permissions: ['administrator'] });
  await bob.isRefused(403, 'PUT', `${members}/${cleo.id}/roles/${low.id}`);
  await anna.does('PATCH', `${path}/${low.id}`, { permissions: ['kick_members'] });
  await bob.does('PUT', `${members}/${cleo.id}/roles/${low.id}`);
});

test('a member takes and gives back lower roles', async () => {
  await using server = await startTest();
  const { bob, cleo, space, low, middle } = await ladder(server);
  const own = `/spaces/${space.id}/members/${bob.id}`;
  await bob.does('PUT', `${own}/roles/${low.id}`);
  await bob.does('DELETE', `${own}/roles/${low.id}`);
  await bob.does('PATCH', own, { roles: [middle.id, low.id] });
  await bob.isRefused(403, 'PATCH', own, { roles: [low.id] });
  await cleo.isRefused(403, 'PUT', `/spaces/${space.id}/members/${cleo.id}/roles/${low.id}`);
});

test('a role cannot be made to hold what its editor lacks; what it holds already may stay', async () => {
  await using server = await startTest();
  const { anna, bob, low, path } = await ladder(server);
  await anna.does('PATCH', `${path}/${low.id}`, { permissions: ['ban_members'] });
  const permissions = ['ban_members', 'kick_members'];
  await bob.does('PATCH', `${path}/${low.id}`, { name: 'Lower', permissions });
  await bob.isRefused(403, 'PATCH', `${path}/${low.id}`, {
    permissions: [...permissions, 'manage_channels'],
  });
  await bob.does('PATCH', `${path}/${low.id}`, { permissions: [] });
  await bob.isRefused(403, 'PATCH', `${path}/${low.id}`, { permissions: ['ban_members'] });
});
