import { expect, test } from 'bun:test';
import type { Person } from '../support/person.ts';
import { startTest } from '../support/server.ts';
import { ladder, rolesOf, type Role } from '../support/world.ts';

/** The names of the roles, lowest first; their positions have no gaps. */
async function order(person: Person, space: { id: string }): Promise<string[]> {
  const roles = await rolesOf(person, space);
  expect(roles.map(({ position }) => position)).toEqual(roles.map((_, index) => index));
  return roles.map(({ name }) => name);
}

test('an owner’s new role stands on top, others’ below their own highest', async () => {
  await using server = await startTest();
  const { anna, bob, path, space } = await ladder(server);
  expect(await order(anna, space)).toEqual([
    '@everyone',
    'Moderator',
    'Admin',
    'Low',
    'Middle',
    'High',
  ]);
  const made = await bob.does('POST', path, { name: 'By Bob', permissions: ['kick_members'] });
  expect(made.position).toBe(4);
  expect(await order(anna, space)).toEqual([
    '@everyone',
    'Moderator',
    'Admin',
    'Low',
    'By Bob',
    'Middle',
    'High',
  ]);
  const top = await server.admin.does('POST', path, { name: 'By the admin' });
  expect(top.position).toBe(7);
});

test('who manages roles through @everyone alone makes the lowest', async () => {
  await using server = await startTest();
  const { anna, cleo, path, space } = await ladder(server);
  const [everyone] = await rolesOf(anna, space);
  const permissions = [...(everyone?.permissions ?? []), 'manage_roles'];
  await anna.does('PATCH', `${path}/${everyone?.id}`, { permissions });
  const made = await cleo.does('POST', path, { name: 'By Cleo', permissions: ['send_messages'] });
  expect(made.position).toBe(1);
  expect((await order(anna, space)).slice(0, 3)).toEqual(['@everyone', 'By Cleo', 'Moderator']);
  // And changes none, not even that one.
  await cleo.isRefused(403, 'PATCH', `${path}/${made.id}`, { name: 'x' });
  await cleo.isRefused(403, 'PATCH', `${path}/${everyone?.id}`, { name: 'x' });
});

test('roles are sorted by the places asked for and numbered without gaps', async () => {
  await using server = await startTest();
  const { anna, bob, path, space, low, middle } = await ladder(server);
  const [everyone, moderator, admin] = await rolesOf(anna, space);
  const bobs = await bob.listens();
  // As the Godot client does it: two entries, that trade places.
  const swapped = await anna.does('PATCH', path, [
    { id: low.id, position: 4 },
    { id: middle.id, position: 3 },
  ]);
  expect(swapped.map(({ name }: Role) => name)).toEqual([
    '@everyone',
    'Moderator',
    'Admin',
    'Middle',
    'Low',
    'High',
  ]);
  await bobs.hearsExactly('role.update', 'role.update');
  await anna.does('PATCH', path, [{ id: moderator?.id, position: 5 }]);
  expect(await order(anna, space)).toEqual([
    '@everyone',
    'Admin',
    'Middle',
    'Low',
    'High',
    'Moderator',
  ]);
  await bobs.hearsExactly(...Array.from({ length: 5 }, () => 'role.update'));
  await anna.does('PATCH', path, [{ id: moderator?.id, position: 1 }]);
  expect(await order(anna, space)).toEqual([
    '@everyone',
    'Moderator',
    'Admin',
    'Middle',
    'Low',
    'High',
  ]);
  await bobs.unread();
  // Far above is on top; the same place twice and gaps do no harm.
  await anna.does('PATCH', path, [
    { id: admin?.id, position: 900 },
    { id: low.id, position: 900 },
    { id: everyone?.id, position: 0 },
  ]);
  const names = await order(anna, space);
  expect(names.slice(0, 4)).toEqual(['@everyone', 'Moderator', 'Middle', 'High']);
  await bobs.unread();
  // What is unknown or stays where it is changes nothing and is told to nobody.
  const { space: other } = await anna.founds('Other');
  const foreign = (await rolesOf(anna, other)).at(-1);
  await anna.does('PATCH', path, [
    { id: foreign?.id, position: 1 },
    { id: '1', position: 1 },
    { id: 'abc', position: 2 },
    { id: '9'.repeat(64), position: 2 },
    { id: moderator?.id, position: 1 },
  ]);
  await anna.does('PATCH', path, []);
  expect(await order(anna, space)).toEqual(names);
  await bobs.hearsNothing();
});

test('a role that was named has an audit entry if it ends elsewhere, though it was to stay', async () => {
  await using server = await startTest();
  const { anna, low, middle, high, path, space } = await ladder(server);
  const wish = ({ id }: Role, position: number) => ({ id, position });
  await anna.does('PATCH', path, [wish(high, low.position), wish(low, low.position)]);
  const entries = await anna.does('GET', `/spaces/${space.id}/audit-log?action_type=role_update`);
  const moved = entries.map(({ target_id, changes }: any) => [target_id, changes.position.new]);
  expect(new Map(moved)).toEqual(
    new Map([
      [high.id, low.position],
      [low.id, middle.position],
    ]),
  );
});

test('@everyone stays at the bottom and nothing else goes there', async () => {
  await using server = await startTest();
  const { anna, path, space, low } = await ladder(server);
  const [everyone] = await rolesOf(anna, space);
  for (const wish of [
    { id: low.id, position: 0 },
    { id: low.id, position: -1 },
    { id: everyone?.id, position: 3 },
    { id: everyone?.id, position: -1 },
    // Negative is wrong, whatever it is said of.
    { id: '1', position: -1 },
    { id: 'abc', position: -1 },
  ]) {
    await anna.isRefused(400, 'PATCH', path, [wish]);
  }
  await anna.isRefused(400, 'PATCH', path, [{ id: '9'.repeat(65), position: 1 }]);
  for (const body of [{}, [{ id: low.id }], [{ id: low.id, position: '1' }], [null], '"x"']) {
    await anna.isRefused(422, 'PATCH', path, body);
  }
  expect((await order(anna, space))[0]).toBe('@everyone');
});

test('who moves roles moves them among those below', async () => {
  await using server = await startTest();
  const { anna, bob, path, space, low } = await ladder(server);
  await bob.does('PATCH', path, [{ id: low.id, position: 1 }]);
  expect(await order(anna, space)).toEqual([
    '@everyone',
    'Low',
    'Moderator',
    'Admin',
    'Middle',
    'High',
  ]);
  // Naming those above where they stand is no move: clients send whole lists.
  const roles = await rolesOf(anna, space);
  const list = roles.map(({ id, position }) => ({ id, position }));
  await bob.does('PATCH', path, list);
});
