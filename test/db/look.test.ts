import { expect, test } from 'bun:test';
import { Database } from 'bun:sqlite';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openToRead } from '../../src/db/look.ts';
import { openDatabase } from '../../src/db/open.ts';
import { scratch } from '../support/operator.ts';

function made(folder: string): string {
  const file = join(folder, 'accord.db');
  openDatabase(file, 'full').sqlite.close();
  return file;
}

test('reading a database without a log puts nothing beside it, and notices that it is written', async () => {
  using folder = scratch();
  const file = made(folder.path);
  const look = await openToRead(file);
  expect(look.db.sqlite.query('SELECT count(*) AS n FROM live_spaces').get()).toEqual({ n: 0 });
  expect(readdirSync(folder.path)).toEqual(['accord.db']);
  expect(look.isStale()).toBe(false);
  const writer = new Database(file);
  writer.run('CREATE TABLE x (y)');
  expect(look.isStale()).toBe(true);
  writer.close();
  expect(look.isStale()).toBe(true);
  look.close();
});

test('reading a database with a log leaves both as they are, and cannot write', async () => {
  using folder = scratch();
  const file = made(folder.path);
  const writer = new Database(file);
  writer.run('PRAGMA wal_autocheckpoint = 0');
  writer.run('CREATE TABLE x (y)');
  const look = await openToRead(file);
  writer.run('INSERT INTO x VALUES (1)');
  expect(look.db.sqlite.query('SELECT y FROM x').all()).toEqual([{ y: 1 }]);
  expect(() => look.db.sqlite.run('INSERT INTO x VALUES (2)')).toThrow('readonly');
  expect(look.isStale()).toBe(false);
  look.close();
  writer.close();
});
