// The usual scene of a test: a space with its owner, members with roles and channels, and people who listen.
import type { Ears } from './ears.ts';
import type { Person } from './person.ts';
import type { TestServer } from './server.ts';

export interface Scene<M extends readonly Person[] = readonly Person[]> {
  owner: Person;
  members: M;
  space: any;
  general: any;
}

/** As many of one kind as of another. */
type Each<T extends readonly unknown[], U> = { [K in keyof T]: U };

/** Without presence, membership and the audit log, which are not what a test listens for. */
export const quietly = ['spaces', 'messages', 'message_reactions'];

/** A public space of `olga`, which the named people have joined. */
export async function scene<const N extends readonly string[]>(
  server: TestServer,
  ...names: N
): Promise<Scene<Each<N, Person>>> {
  const owner = await server.person('olga');
  const { space, general } = await owner.founds();
  const members: Person[] = [];
  for (const name of names) {
    const person = await server.person(name);
    await person.joins(space);
    members.push(person);
  }
  return { owner, members: members as unknown as Each<N, Person>, space, general };
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

/** Gives somebody a new role with these permissions; answers the role. */
export async function empower(
  { owner, space }: Scene,
  person: Person,
  ...permissions: string[]
): Promise<any> {
  const role = await owner.does('POST', `/spaces/${space.id}/roles`, {
    name: `of ${person.name}`,
    permissions,
  });
  await owner.does('PUT', `/spaces/${space.id}/members/${person.id}/roles/${role.id}`);
  return role;
}

/** Takes a permission from @everyone in one channel. */
export async function deny(
  { owner, space }: Scene,
  channel: any,
  permission: string,
): Promise<void> {
  const roles = await owner.does('GET', `/spaces/${space.id}/roles`);
  const everyone = roles.find(({ position }: { position: number }) => position === 0);
  await owner.does('PUT', `/channels/${channel.id}/permissions/${everyone.id}`, {
    type: 'role',
    allow: [],
    deny: [permission],
  });
}

/** A channel that nobody but the owner may view. */
export async function hiddenChannel(of: Scene, name = 'hidden'): Promise<any> {
  const channel = await of.owner.does('POST', `/spaces/${of.space.id}/channels`, { name });
  await deny(of, channel, 'view_channel');
  return channel;
}
