// A server that olga has claimed, with people who come through a proxy, each from an address of their own.
import { FakeClock } from './clock.ts';
import type { Person } from './person.ts';
import { from } from './second-factor.ts';
import type { TestServer } from './server.ts';
import { codeOf, password, personOf, registers, startUnclaimed } from './unclaimed.ts';

/** Registers somebody from that address; they can log in with `password`. */
export async function arrives(
  server: TestServer,
  name: string,
  address = '192.0.2.10',
  more: object = {},
): Promise<Person> {
  return personOf(server, await registers(server, name, more, from(address)));
}

export const logsIn = (server: TestServer, username: string, given = password, at = '192.0.2.10') =>
  server.call('POST', '/auth/login', { username, password: given }, from(at));

/** Somebody who has logged in anew. */
export async function returns(server: TestServer, name: string, given = password): Promise<Person> {
  return personOf(server, await logsIn(server, name, given));
}

/** `olga` administers the server, and owns the space `General`, which is `home`. */
export async function ownedServer() {
  const clock = new FakeClock();
  const server = await startUnclaimed({ TRUSTED_PROXIES: '127.0.0.1' }, clock);
  const olga = await arrives(server, 'olga', '192.0.2.1', { setup_code: codeOf(server) });
  const [home] = await olga.does('GET', '/users/@me/spaces');
  const set = (change: object): Promise<any> => olga.does('PATCH', '/admin/settings', change);
  return { server, clock, olga, home, set, [Symbol.asyncDispose]: () => server.stop() };
}

/** The page at that address as a reader sees it: without markup. */
export async function reads(server: TestServer, path: string): Promise<string> {
  const { body } = await server.call('GET', `/${path}`);
  return String(body)
    .replace(/<(style|head)>[^]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}
