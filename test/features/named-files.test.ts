// From files to rows and from rows to files: both ways lead to the same.
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { featuresOf } from '../../src/features/feature.ts';
import {
  foundFiles,
  isNamed,
  kindOf,
  kindsOf,
  namedPaths,
} from '../../src/features/base/files/kinds.ts';
import { uploads } from '../support/forms.ts';
import { dataUri, gif, png } from '../support/pictures.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { filesOf } from '../support/stored.ts';
import { world } from '../support/world.ts';

const hex = 'ab'.repeat(16);

const named = (server: TestServer) =>
  [...namedPaths(server.app.db, kindsOf(featuresOf(server.app)))].flat().toSorted();

test('every kind of file is found from its row, and its row from it', async () => {
  await using server = await startTest();
  const { owner, space, general } = await world(server, 'olga', 'bob');
  const kinds = kindsOf(featuresOf(server.app));
  expect(named(server)).toEqual([]);
  const [still, moving] = [dataUri('image/png', png(3, 3)), dataUri('image/gif', gif(2))];
  await owner.does('PATCH', '/users/@me', { avatar: still, banner: moving });
  await owner.does('PATCH', `/spaces/${space.id}`, { icon: still, banner: moving });
  await owner.does('PATCH', `/spaces/${space.id}/members/@me`, { avatar: still });
  for (const image of [still, moving]) {
    const name = image === still ? 'still' : 'moving';
    await owner.does('POST', `/spaces/${space.id}/emojis`, { name, image });
  }
  await uploads(owner, general, { content: '' }, [{ bytes: 'x' }, { bytes: 'y' }]);

  const paths = await filesOf(server);
  expect(paths).toHaveLength(10);
  expect(named(server)).toEqual(paths);
  const kindsNamed = new Set(paths.map((path) => kindOf(kinds, path)));
  // Banners of people and of spaces look the same.
  const looks = new Set(kinds.map(({ path }) => path.source));
  expect(new Set([...kindsNamed].map((kind) => kind?.path.source))).toEqual(looks);

  const [stray, foreign] = [`avatars/${owner.id}/${hex}.png`, 'notes.txt'];
  const root = server.app.config.storage_path;
  for (const path of [stray, foreign, 'tmp/x', 'set-aside/2026-06-01/y']) {
    await Bun.write(join(root, path), 'x');
  }
  const found = (await Array.fromAsync(foundFiles(server.app.db, server.app.files, kinds))).flat();
  expect(
    found
      .filter((file) => file.isNamed)
      .map(({ path }) => path)
      .toSorted(),
  ).toEqual(paths);
  expect(
    found.filter((file) => !file.isNamed).toSorted((a, b) => a.path.localeCompare(b.path)),
  ).toEqual([
    { path: stray, kind: kindOf(kinds, stray) ?? null, isNamed: false },
    { path: foreign, kind: null, isNamed: false },
  ]);

  await owner.does('DELETE', `/spaces/${space.id}`);
  for (const path of named(server)) expect(isNamed(server.app.db, kinds, path)).toBe(true);
  expect(named(server).filter((path) => /^(icons|banners\/(?!\d+_))/.test(path))).toEqual(
    paths.filter((path) => path.startsWith(`banners/${owner.id}/`)),
  );
});

test('many rows come a page at a time, each once', async () => {
  await using server = await startTest();
  const { sqlite } = server.app.db;
  sqlite.run('PRAGMA foreign_keys = OFF');
  const attachment = sqlite.query(
    `INSERT INTO attachments (id, message_id, channel_id, filename, safe_name, secret, size)
     VALUES (?, '1', '1', 'a', 'a', '${hex}', 1)`,
  );
  const emoji = sqlite.query(
    "INSERT INTO emojis (id, space_id, name, extension, created_at) VALUES (?, '1', ?, ?, 1)",
  );
  for (let n = 1; n <= 1_201; n += 1) {
    attachment.run(String(n));
    emoji.run(String(n), `e${n}`, n % 2 === 0 ? 'png' : 'gif');
  }
  const paths = named(server);
  expect(paths).toHaveLength(1_201 + 1_201 + 601);
  expect(new Set(paths).size).toBe(paths.length);
});
