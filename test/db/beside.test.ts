// Other programs beside the server, on the same database: its log stays whole, and starts know whose it is.
import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { copyFileSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FakeClock } from '../support/clock.ts';
import { Folder } from '../support/folder.ts';
import { reached, registers } from '../support/outside.ts';
import { serverCommand, ServerProcess } from '../support/process.ts';
import { startTest } from '../support/server.ts';
import { refusalOf } from '../support/starting.ts';
import { world } from '../support/world.ts';

/** Whether this process holds a lock of the file itself, as everyone who has the database open does. */
function isLocked(path: string): boolean {
  const { ino } = statSync(path);
  const locks = readFileSync('/proc/locks', 'utf8').split('\n');
  return locks.some((line) => line.includes(` ${process.pid} `) && line.includes(`:${ino} `));
}

// Without that lock, SQLite 3.40 deletes the log when another program closes the database.
test.skipIf(!existsSync('/proc/locks'))(
  'the server keeps its lock of the database, after a checkpoint as before',
  async () => {
    using folder = new Folder();
    const clock = new FakeClock();
    const path = join(folder.path, 'accord.db');
    await using server = await startTest({ settings: folder.settings, clock });
    const { owner, general } = await world(server, 'olga');
    for (let n = 1; n <= 3; n += 1) {
      await owner.says(general, `message ${n}`);
      expect(isLocked(path)).toBe(true);
      await clock.pass(61_000);
    }
  },
);

/** Does what Litestream does: a table of its own, and checkpoints, also when the server is gone. */
async function litestreamAlone(path: string): Promise<void> {
  const code = `
    const { Database } = require('bun:sqlite');
    const db = new Database(process.argv[1]);
    db.run('CREATE TABLE IF NOT EXISTS _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)');
    db.query('PRAGMA wal_checkpoint(PASSIVE)').all();
    db.run('INSERT INTO _litestream_seq (seq) VALUES (1)');
    process.kill(process.pid, 'SIGKILL');`;
  const litestream = Bun.spawn([process.execPath, '-e', code, path], { stderr: 'pipe' });
  expect(await new Response(litestream.stderr).text()).toBe('');
}

test('a checkpoint of Litestream that the server never saw does not make the next start refuse', async () => {
  await using server = await ServerProcess.start(serverCommand(null));
  const owner = await registers(reached(server), 'olga');
  const { general } = await owner.founds();
  await owner.says(general, 'kept');
  await server.end('SIGKILL');
  await litestreamAlone(server.database);
  expect(Bun.file(`${server.database}-wal`).size).toBeGreaterThan(0);
  await server.start();
  const [kept] = await owner.does('GET', `/channels/${general.id}/messages`);
  expect(kept.content).toBe('kept');
});

test('a copy beside the log of a killed server is refused, also where Litestream runs', async () => {
  await using server = await ServerProcess.start(serverCommand(null));
  const owner = await registers(reached(server), 'olga');
  const { general } = await owner.founds();
  const copy = join(server.folder, 'copy.db');
  await owner.says(general, 'in the copy');
  const db = new Database(server.database);
  db.run('CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)');
  db.run('VACUUM INTO ?', [copy]);
  await owner.says(general, 'after it');
  await server.end('SIGKILL');
  db.close();
  await litestreamAlone(server.database);
  rmSync(server.database);
  copyFileSync(copy, server.database);
  const settings = { DATABASE_URL: `sqlite:${server.database}` };
  expect(await refusalOf({ folder: server.folder, settings })).toContain('is not the one that');
});

test('a server that has stopped has closed the file, and leaves no log', async () => {
  using folder = new Folder();
  const server = await startTest({ settings: folder.settings });
  const { owner, general } = await world(server, 'olga');
  await owner.says(general, 'kept');
  await server[Symbol.asyncDispose]();
  const path = join(folder.path, 'accord.db');
  expect(existsSync(`${path}-wal`)).toBe(false);
  expect(JSON.parse(readFileSync(`${path}-checkpoint`, 'utf8')).state).toBe('writing');
});
