// Servers with people and a space in them, as many tests need them.
import type { Person } from './person.ts';
import { startTest, type TestOptions } from './server.ts';

export interface Role {
  id: string;
  name: string;
  position: number;
  permissions: string[];
}

export function rolesOf(person: Person, space: { id: string }): Promise<Role[]> {
  return person.does('GET', `/spaces/${space.id}/roles`);
}

/** Closes a channel to everybody but who has a role or an overwrite of their own. */
export async function close(
  owner: Person,
  space: { id: string },
  channel: { id: string },
  permission = 'view_channel',
): Promise<void> {
  const [everyone] = await rolesOf(owner, space);
  await owner.does('PUT', `/channels/${channel.id}/permissions/${everyone?.id}`, {
    type: 'role',
    allow: [],
    deny: [permission],
  });
}

/** Gives somebody a role of their own with these permissions; answers it. */
export async function empower(
  owner: Person,
  space: { id: string },
  person: { id: string; name: string },
  permissions: string[],
): Promise<Role> {
  const role = await owner.does('POST', `/spaces/${space.id}/roles`, {
    name: `of ${person.name}`,
    permissions,
  });
  await owner.does('PUT', `/spaces/${space.id}/members/${person.id}/roles/${role.id}`);
  return role;
}

/** Anna owns a space, bob is a member, cleo a stranger. */
export async function three(options: TestOptions = {}) {
  const server = await startTest(options);
  const [anna, bob, cleo] = [
    await server.person('anna'),
    await server.person('bob'),
    await server.person('cleo'),
  ];
  const { space, general } = await anna.founds();
  await bob.joins(space);
  const dispose = { [Symbol.asyncDispose]: () => server.stop() };
  return { server, anna, bob, cleo, space, general, ...dispose };
}

/** Anna owns a space; bob has a role that manages roles, above `Low` and below `High`; cleo is a member. */
export async function ladder() {
  const scene = await three();
  const { anna, bob, cleo, space } = scene;
  await cleo.joins(space);
  const make = (name: string, permissions: string[] = []): Promise<Role> =>
    anna.does('POST', `/spaces/${space.id}/roles`, { name, permissions });
  const low = await make('Low');
  const middle = await make('Middle', ['manage_roles', 'manage_nicknames', 'kick_members']);
  const high = await make('High');
  await anna.does('PUT', `/spaces/${space.id}/members/${bob.id}/roles/${middle.id}`);
  return { ...scene, low, middle, high, path: `/spaces/${space.id}/roles` };
}
