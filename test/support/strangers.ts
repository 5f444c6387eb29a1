// People who share no space with anybody: whatever they hear of one another comes by friendship.
import type { Turn } from '../../src/app.ts';
import { conversation_people } from '../../src/db/schema/conversations.ts';
import { channels } from '../../src/db/schema/spaces.ts';
import { Person } from './person.ts';
import type { TestServer } from './server.ts';

/** As many people as names. */
export type Strangers<N extends readonly string[]> = { [K in keyof N]: Person };

/** Accounts that have left the space that everyone joins. */
export async function strangers<const N extends readonly string[]>(
  server: TestServer,
  ...names: N
): Promise<Strangers<N>> {
  const people: Person[] = [];
  for (const name of names) {
    const person = await server.person(name);
    for (const { id } of await person.does('GET', '/users/@me/spaces')) {
      await person.does('DELETE', `/spaces/${id}/members/@me`);
    }
    people.push(person);
  }
  return people as unknown as Strangers<N>;
}

export const asks = (one: Person, other: { id: string }): Promise<any> =>
  one.does('PUT', `/users/@me/relationships/${other.id}`, { type: 1 });

export const blocks = (one: Person, other: { id: string }): Promise<any> =>
  one.does('PUT', `/users/@me/relationships/${other.id}`, { type: 2 });

export const drops = (one: Person, other: { id: string }): Promise<any> =>
  one.does('DELETE', `/users/@me/relationships/${other.id}`);

/** Makes two people friends. */
export async function befriend(one: Person, other: Person): Promise<void> {
  await asks(one, other);
  await asks(other, one);
}

/** What stands on somebody's side, by name. */
export async function sideOf(person: Person): Promise<Record<string, number>> {
  const list = await person.does('GET', '/users/@me/relationships');
  return Object.fromEntries(list.map(({ user, type }: any) => [user.username, type]));
}

/** An open conversation of these people, as rows, without a word to anybody. */
export function talking(server: TestServer, ...people: { id: string }[]): Promise<string> {
  return server.turn(({ tx, now, id }: Turn) => {
    const channel_id = id();
    const type = people.length === 2 ? 'dm' : 'group_dm';
    tx.orm.insert(channels).values({ id: channel_id, type, created_at: now }).run();
    for (const { id: user_id } of people) {
      tx.orm.insert(conversation_people).values({ channel_id, user_id, joined_at: now }).run();
    }
    return channel_id;
  });
}

/** An application's bot. */
export async function botOf(owner: Person, name = 'Ping'): Promise<Person> {
  const { application, token } = await owner.does('POST', '/applications', { name });
  const bot = new Person(owner.server, { id: application.bot_user_id, name, token });
  bot.scheme = 'Bot';
  return bot;
}
