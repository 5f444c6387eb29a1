// The world of a test: a space with its owner, members with roles and channels, and people who listen.
import type { Ears } from './ears.ts';
import type { Person } from './person.ts';
import type { TestServer } from './server.ts';

/** A public space, and who is in it, by name. */
export type World<N extends string = never> = Record<N, Person> & {
  owner: Person;
  space: any;
  general: any;
};

export interface Role {
  id: string;
  name: string;
  position: number;
  permissions: string[];
}

/** As many of one kind as of another. */
type Each<T extends readonly unknown[], U> = { [K in keyof T]: U };

/** Without presence, membership and the audit log, which are not what a test listens for. */
export const quietly = ['spaces', 'messages', 'message_reactions'];

/** The first one founds a public space, which the others join. */
export async function world<N extends string>(
  server: TestServer,
  founder: N,
  ...members: N[]
): Promise<World<N>> {
  const owner = await server.person(founder);
  const { space, general } = await owner.founds();
  const people: Record<string, Person> = { [founder]: owner };
  for (const name of members) {
    const person = await server.person(name);
    await person.joins(space);
    people[name] = person;
  }
  return { ...(people as Record<N, Person>), owner, space, general };
}

/** Anna owns the space; bob has a role that manages roles, above `Low` and below `High`; cleo is a member. */
export async function ladder(server: TestServer) {
  const home = await world(server, 'anna', 'bob', 'cleo');
  const { anna, bob, space } = home;
  const path = `/spaces/${space.id}/roles`;
  const make = (name: string, permissions: string[] = []): Promise<Role> =>
    anna.does('POST', path, { name, permissions });
  const low = await make('Low');
  const middle = await make('Middle', ['manage_roles', 'manage_nicknames', 'kick_members']);
  const high = await make('High');
  await anna.does('PUT', `/spaces/${space.id}/members/${bob.id}/roles/${middle.id}`);
  return { ...home, low, middle, high, path };
}

/** Everybody listens; what they heard of one another's coming is read. */
export async function listening<const P extends readonly Person[]>(
  people: P,
  intents: string[] = quietly,
): Promise<Each<P, Ears>> {
  const ears: Ears[] = [];
  for (const person of people) ears.push(await person.listens(intents));
  for (const one of ears) await one.unread();
  return ears as unknown as Each<P, Ears>;
}

/** The roles of a space by position, @everyone first. */
export function rolesOf(person: Person, space: { id: string }): Promise<Role[]> {
  return person.does('GET', `/spaces/${space.id}/roles`);
}

export async function everyoneOf({ owner, space }: World): Promise<Role> {
  const [everyone] = await rolesOf(owner, space);
  if (everyone === undefined) throw new Error('the space has no roles');
  return everyone;
}

/** Gives somebody a new role with these permissions; answers the role. */
export async function empower(
  { owner, space }: World,
  person: { id: string; name: string },
  ...permissions: string[]
): Promise<Role> {
  const role = await owner.does('POST', `/spaces/${space.id}/roles`, {
    name: `of ${person.name}`,
    permissions,
  });
  await owner.does('PUT', `/spaces/${space.id}/members/${person.id}/roles/${role.id}`);
  return role;
}

/** Takes a permission from @everyone in one channel. */
export async function deny(
  home: World,
  channel: { id: string },
  permission: string,
): Promise<void> {
  const { id } = await everyoneOf(home);
  await home.owner.does('PUT', `/channels/${channel.id}/permissions/${id}`, {
    type: 'role',
    allow: [],
    deny: [permission],
  });
}

export function voiceChannel({ owner, space }: World, more: object = {}): Promise<any> {
  const wish = { name: 'Lounge', type: 'voice', ...more };
  return owner.does('POST', `/spaces/${space.id}/channels`, wish);
}

/** A channel that nobody but the owner may view. */
export async function hiddenChannel(home: World, name = 'hidden'): Promise<any> {
  const channel = await home.owner.does('POST', `/spaces/${home.space.id}/channels`, { name });
  await deny(home, channel, 'view_channel');
  return channel;
}
