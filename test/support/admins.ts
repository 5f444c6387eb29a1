// What tests of administration do: making admins, reading their log, bots of somebody.
import { Person } from './person.ts';
import type { TestServer } from './server.ts';

/** Makes somebody an instance admin. */
export async function promote(by: Person, person: Person): Promise<void> {
  await by.does('PATCH', `/admin/users/${person.id}`, { is_admin: true });
}

/** What instance admins did, the newest first, as `[action, target, changes]`. */
export async function acts(admin: Person): Promise<[string, string | undefined, any][]> {
  const entries: any[] = await admin.does('GET', '/admin/audit-log');
  return entries.map(({ action_type, target_id, changes }) => [action_type, target_id, changes]);
}

/** The bot of a new application. */
export async function botOf(owner: Person, name = 'Ping'): Promise<Person> {
  const { application, token } = await owner.does('POST', '/applications', { name });
  const bot = new Person(owner.server, { id: application.bot_user_id, name, token });
  bot.scheme = 'Bot';
  return bot;
}

/** A person who can sign in with that password. */
export async function registered(
  server: TestServer,
  username: string,
  password: string,
): Promise<Person> {
  const { data } = await server.call('POST', '/auth/register', { username, password });
  return new Person(server, { id: data.user.id, name: username, token: data.token });
}
