// A feature with a table in a space is its own folder, a migration and one line: nothing else has to know it.
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { openDatabase } from '../../src/db/open.ts';
import { clearSlice } from '../../src/features/base/clearing/slices.ts';
import { features } from '../../src/features.ts';
import { FakeClock } from '../support/clock.ts';
import { countRows } from '../support/crowd.ts';
import { Folder } from '../support/folder.ts';
import { matrixOf } from '../support/matrix.ts';
import { notesFeature } from '../support/notes/feature.ts';
import { createNotes } from '../support/notes/table.ts';
import { startTest } from '../support/server.ts';
import { age, dayless, filesOf, searched } from '../support/stored.ts';
import { listening, world } from '../support/world.ts';

/** An id that the clock of the test does not reach. */
const earlier = String(2n ** 62n);

test('a feature from its own folder answers, is documented, tells, and is cleared, kept and counted', async () => {
  using folder = new Folder();
  const { sqlite } = openDatabase(join(folder.path, 'accord.db'), 'full');
  sqlite.run(createNotes);
  sqlite.run('PRAGMA foreign_keys = OFF');
  sqlite.run('INSERT INTO notes VALUES (?, ?, ?, ?)', [earlier, '1', '1', 'of an earlier run']);
  sqlite.close();
  const clock = new FakeClock();
  const all = [...features, notesFeature];
  await using server = await startTest({ settings: folder.settings, features: all, clock });
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  expect(BigInt(anna.id)).toBeGreaterThan(BigInt(earlier));

  const path = `/spaces/${space.id}/notes`;
  const [bobs] = await listening([bob]);
  const note = await anna.does('POST', path, { content: 'milk' });
  expect((await bobs.hears('note.create')).data).toEqual(note);
  await cleo.isRefused(403, 'POST', path, { content: 'milk' });
  expect((await server.call('POST', path, { content: 'milk' })).status).toBe(401);

  const openapi = (await server.call('GET', '/openapi.json')).body;
  expect(openapi.paths['/api/v1/spaces/{space_id}/notes'].post.tags).toEqual(['notes']);
  expect(openapi.components.schemas.ActionType.enum).toContain('note_create');
  const entries = await anna.does('GET', `/spaces/${space.id}/audit-log?action_type=note_create`);
  expect(entries).toMatchObject([{ user_id: anna.id, space_id: space.id }]);
  const asyncapi = (await server.call('GET', '/asyncapi.json')).body;
  expect(Object.keys(asyncapi.channels.gateway.messages)).toContain('note.create');
  expect(matrixOf(all.flatMap(({ endpoints }) => endpoints))).toContain(
    'POST /api/v1/spaces/:space_id/notes — space: member',
  );

  const kept = `notes/${space.id}/${note.id}.txt`;
  const stray = 'notes/1/1.txt';
  const root = server.app.config.storage_path;
  for (const file of [kept, stray]) await Bun.write(join(root, file), 'x');
  await age(root, [kept, stray]);
  await searched(server, 1, clock);
  expect(dayless(await filesOf(server))).toEqual([kept, `set-aside/${stray}`]);

  await anna.does('DELETE', `/spaces/${space.id}`);
  while (await server.turn(clearSlice));
  expect(countRows(server, 'notes', `space_id = '${space.id}'`)).toBe(0);
  expect(countRows(server, 'spaces', `id = '${space.id}'`)).toBe(0);
});
