import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { migrations } from '../../src/db/migrations.ts';
import { openDatabase } from '../../src/db/open.ts';
import { Folder } from '../support/folder.ts';

test('reactions from before are counted together, as they came first, each person once', () => {
  using folder = new Folder();
  const path = join(folder.path, 'accord.db');
  const at = migrations.findIndex((text) => text.includes('respelled'));
  const then = openDatabase(path, 'full', migrations.slice(0, at)).sqlite;
  const insert = then.query('INSERT INTO reactions (message_id, emoji, user_id) VALUES (?, ?, ?)');
  for (const [message, emoji, user] of [
    ['1', '❤', 'anna'],
    ['1', '❤️', 'bob'],
    // In both ways.
    ['1', '❤️', 'anna'],
    ['1', '👍', 'bob'],
    // The other way round on another message.
    ['2', '❤️', 'anna'],
    ['2', '❤', 'bob'],
    ['2', 'heart', 'bob'],
    // A custom emoji that was renamed, and texts that only look alike.
    ['3', 'party:101', 'anna'],
    ['3', 'feast:101', 'bob'],
    ['3', '<:party:101>', 'anna'],
    ['3', 'at 10:101', 'anna'],
    ['3', 'party:1010', 'anna'],
    ['3', ':101', 'anna'],
    ['4', '❤️', 'anna'],
  ] as const) {
    insert.run(message, emoji, user);
  }
  then.close();
  const now = openDatabase(path, 'full').sqlite;
  const rows = now.query('SELECT message_id, emoji, user_id FROM reactions ORDER BY n').values();
  expect(rows).toEqual([
    ['1', '❤', 'anna'],
    ['1', '❤', 'bob'],
    ['1', '👍', 'bob'],
    ['2', '❤️', 'anna'],
    ['2', '❤️', 'bob'],
    ['2', 'heart', 'bob'],
    ['3', 'party:101', 'anna'],
    ['3', 'party:101', 'bob'],
    ['3', '<:party:101>', 'anna'],
    ['3', 'at 10:101', 'anna'],
    ['3', 'party:1010', 'anna'],
    ['3', ':101', 'anna'],
    ['4', '❤️', 'anna'],
  ]);
  now.close();
});
