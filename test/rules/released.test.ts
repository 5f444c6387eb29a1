// The database of each released schema is one that this version migrates, and reads as it was.
import { expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { Database } from 'bun:sqlite';
import { join } from 'node:path';
import { clearSlice } from '../../src/features/base/clearing/slices.ts';
import { migrations } from '../../src/db/migrations.ts';
import { openDatabase } from '../../src/db/open.ts';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
import { Folder } from '../support/folder.ts';
import { Person } from '../support/person.ts';
import { keepNewest, keptVersions, owner, restore } from '../support/released.ts';

if (process.env['ACCORD_KEEP_SCHEMA'] === 'yes') await keepNewest();

/** That of the first release. */
const first = 8;
const versions = keptVersions();
const newest = first + migrations.length - 1;

const schemaOf = (sqlite: Database) =>
  sqlite
    .query("SELECT type, name, sql FROM sqlite_schema WHERE name <> 'sqlite_stat1' ORDER BY name")
    .all();

test('there is a database of the first release', () => {
  expect(versions[0]).toBe(first);
  expect(versions.at(-1)).toBeLessThanOrEqual(newest);
});

test.each(versions)('the migrations up to schema %i make today what they made then', async (n) => {
  using folder = new Folder();
  const path = join(folder.path, 'accord.db');
  await restore(n, path);
  using then = new Database(path);
  const { sqlite } = openDatabase(':memory:', 'full', migrations.slice(0, n - first + 1));
  expect(schemaOf(then)).toEqual(schemaOf(sqlite));
  expect(then.query('PRAGMA integrity_check').values()).toEqual([['ok']]);
  expect(then.query('PRAGMA foreign_key_check').values()).toEqual([]);
});

test.each(versions)('what a server of schema %i has kept is there', async (n) => {
  using folder = new Folder();
  const path = join(folder.path, 'accord.db');
  await restore(n, path);
  const server = await startAgain(folder.settings, new FakeClock());
  const { data } = await server.call('POST', '/auth/login', owner);
  const olga = new Person(server, { ...data.user, name: 'olga', token: data.token });
  const spaces = await olga.does('GET', '/users/@me/spaces');
  const { id } = spaces.find(({ slug }: { slug: string }) => slug === 'garden');
  const channels = await olga.does('GET', `/spaces/${id}/channels`);
  const [general, shed] = channels;
  expect([general.name, shed.name]).toEqual(['general', 'shed']);
  const hidden = await olga.does('GET', `/channels/${shed.id}/messages`);
  expect(hidden).toMatchObject([{ content: 'seeds and secrets', edited_at: null }]);
  const [message] = await olga.does('GET', `/channels/${general.id}/pins`);
  expect(message).toMatchObject({ content: 'Welcome to the garden, @bob', reply_count: 1 });
  expect(message.reactions).toMatchObject([{ emoji: { name: '🌱' }, count: 1, me: false }]);
  const found = await olga.does('GET', `/spaces/${id}/messages/search?query=thank`);
  expect(found).toMatchObject([{ content: 'Thank you', reply_to: message.id }]);
  const members = await olga.does('GET', `/spaces/${id}/members?limit=10`);
  const roles = await olga.does('GET', `/spaces/${id}/roles`);
  const gardener = roles.find(({ name }: { name: string }) => name === 'Gardener');
  const bob = members.find(({ user_id }: { user_id: string }) => user_id !== olga.id);
  expect(bob.roles).toEqual([gardener.id]);
  while (await server.turn(clearSlice));
  const named = await olga.does('GET', `/spaces/${id}/members/search?query=b%C3%93b`);
  expect(named.map(({ user_id }: { user_id: string }) => user_id)).toEqual([bob.user_id]);
  expect(await olga.does('GET', `/spaces/${id}/audit-log`)).not.toEqual([]);
  await olga.says(general, 'and on it goes');
  await server.stop();
  const copy = `${path}.before-${n}`;
  expect(existsSync(copy)).toBe(n < newest);
  const told = server.logged.filter(({ message }) => message.includes('schema'));
  const said = `the database had schema ${n} and has ${newest} now; "${copy}" is as it was`;
  expect(told.map(({ message }) => message)).toEqual(n < newest ? [said] : []);
});
