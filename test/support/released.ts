// Databases as released versions have left them: one for each schema, compressed, in fixtures/.
import { Database } from 'bun:sqlite';
import { join } from 'node:path';
import { FakeClock } from './clock.ts';
import { Folder } from './folder.ts';
import { Person } from './person.ts';
import { place } from './place.ts';
import { startTest } from './server.ts';
import { root } from './sources.ts';
import { hiddenChannel } from './world.ts';

const fixtures = join(root, 'test/fixtures');

/** Who can log in to all of them. */
export const owner = { username: 'olga', password: 'correct horse' };

/** The numbers of the schemas that are kept. */
export function keptVersions(): number[] {
  const files = [...new Bun.Glob('schema-*.db.gz').scanSync(fixtures)];
  return files.map((file) => Number(/\d+/.exec(file)?.[0])).toSorted((a, b) => a - b);
}

/** Makes the file again that a version has left. */
export async function restore(version: number, path: string): Promise<void> {
  const kept = await Bun.file(join(fixtures, `schema-${version}.db.gz`)).bytes();
  await Bun.write(path, Bun.gunzipSync(kept));
}

/** Fills a server with some of everything, and keeps its database as that of the newest schema. */
export async function keepNewest(): Promise<void> {
  using folder = new Folder();
  const clock = new FakeClock();
  const server = await startTest({ settings: folder.settings, clock });
  const account = await server.call('POST', '/auth/register', owner);
  const olga = new Person(server, {
    ...account.data.user,
    name: 'olga',
    token: account.data.token,
  });
  const bob = await server.person('bob');
  const { space, general } = await olga.founds('Garden', { slug: 'garden' });
  await bob.joins(space);
  const role = await olga.does('POST', `/spaces/${space.id}/roles`, { name: 'Gardener' });
  await olga.does('PUT', `/spaces/${space.id}/members/${bob.id}/roles/${role.id}`);
  const hidden = await hiddenChannel({ owner: olga, space, general }, 'shed');
  await olga.says(hidden, 'seeds and secrets');
  const first = await olga.says(general, 'Welcome to the garden, @bob');
  await bob.says(general, 'Thank you', { reply_to: first.id, thread_id: first.id });
  await bob.does('PUT', `/channels/${general.id}/messages/${first.id}/reactions/🌱/@me`);
  await olga.does('PUT', `/channels/${general.id}/pins/${first.id}`);
  await place(server);
  await bob.listens();
  // Messages are entered into the search index after a while.
  await clock.pass(60_000);
  await server.stop();
  const sqlite = new Database(join(folder.path, 'accord.db'));
  const version = sqlite.query('PRAGMA user_version').values()[0]?.[0];
  const copy = join(folder.path, 'copy.db');
  sqlite.run('VACUUM INTO ?', [copy]);
  sqlite.close();
  const compressed = Bun.gzipSync(await Bun.file(copy).bytes(), { level: 9 });
  await Bun.write(join(fixtures, `schema-${String(version)}.db.gz`), compressed);
}
