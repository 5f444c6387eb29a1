// An account with a password and an authenticator app, and what it does to log in.
import { TOTP } from 'otpauth';
import type { FakeClock } from './clock.ts';
import { Person, type Reply } from './person.ts';
import type { TestServer } from './server.ts';

export const password = 'correct horse';

/** From an address of its own, behind a proxy that is trusted. */
export const from = (address: string) => ({ 'x-forwarded-for': address });

/** Registers for real, with a password. */
export async function newcomer(server: TestServer, name: string, headers = {}): Promise<Person> {
  const body = { username: name, password };
  const { data } = await server.call('POST', '/auth/register', body, headers);
  return new Person(server, { id: data.user.id, name, token: data.token });
}

/** What the app shows now, or so many steps later. */
export function codeOf(secret: string, clock: FakeClock, steps = 0): string {
  return new TOTP({ secret }).generate({ timestamp: clock.now() + steps * 30_000 });
}

/** A code that the app shows at no time near now. */
export function wrongCode(secret: string, clock: FakeClock): string {
  const right = [-2, -1, 0, 1, 2].map((steps) => codeOf(secret, clock, steps));
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find(
    (code) => !right.includes(code),
  ) as string;
}

/** Switches two-factor login on, half a minute before the test goes on. */
export async function enrols(person: Person, clock: FakeClock) {
  const { secret } = await person.does('POST', '/auth/2fa/enable', { password });
  const code = codeOf(secret, clock);
  const { backup_codes } = await person.does('POST', '/auth/2fa/verify', { code });
  await clock.pass(30_000);
  return { secret: secret as string, backup_codes: backup_codes as string[] };
}

export function logsIn(server: TestServer, username: string, given = password, headers = {}) {
  return server.call('POST', '/auth/login', { username, password: given }, headers);
}

/** Gives the password, and answers the ticket. */
export async function ticketOf(server: TestServer, username: string, headers = {}) {
  return (await logsIn(server, username, password, headers)).data.ticket as string;
}

/** The second step of a login. */
export function enters(
  server: TestServer,
  ticket: string,
  code: string,
  headers = {},
): Promise<Reply> {
  return server.call('POST', '/auth/login/mfa', { ticket, code }, headers);
}
