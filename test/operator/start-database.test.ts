// Starting with a database that is served already, may not be used, or lies in an unusual place.
import { Database } from 'bun:sqlite';
import { describe, expect, test } from 'bun:test';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { canMount, emptyFolder, isRoot, mounted, refusalOf, Started } from '../support/starting.ts';
import { givenBinary } from '../support/operator.ts';

describe.skipIf(givenBinary === null)('with the binary', () => {
  const inFolder = (path: string) => ({ DATABASE_URL: `sqlite:${path}` });
  const onMount = test.skipIf(!canMount);

  /** Lets a server make a database in the folder and end. */
  async function made(folder: string): Promise<string> {
    await using server = new Started({ folder });
    await server.port();
    expect((await server.end('SIGTERM')).status).toBe(0);
    return join(folder, 'accord.db');
  }

  test('a start in the folder of a backup says that it is one', async () => {
    using home = emptyFolder();
    await Bun.write(join(home.path, 'manifest.json'), JSON.stringify({ backup: 1 }));
    await using server = new Started({
      folder: home.path,
      settings: { DATABASE_URL: 'sqlite:accord.db' },
    });
    await server.port();
    expect(server.log).toContain('is a backup, which changes when it is served');
  });

  test('a new database is told with its path, and a log that is gone; others are not', async () => {
    using home = emptyFolder();
    const told = async (signal: 'SIGTERM' | 'SIGKILL') => {
      await using server = new Started({ folder: home.path, settings: { LOG_LEVEL: 'warn' } });
      while (!server.log.includes('PUBLIC_URL')) await Bun.sleep(10);
      if (signal === 'SIGTERM') await server.end(signal);
      return server.log;
    };
    const file = join(home.path, 'accord.db');
    expect(await told('SIGTERM')).toContain(
      `there was no database, so a new one was made: "${file}"`,
    );
    expect(await told('SIGKILL')).not.toMatch(/there was no|was gone/);
    expect(await told('SIGKILL')).not.toMatch(/there was no|was gone/);
    rmSync(`${file}-wal`);
    expect(await told('SIGTERM')).toContain('the log "accord.db-wal" was gone');
    expect(await told('SIGTERM')).not.toMatch(/there was no|was gone/);
  });

  test('a second server is refused in one line, whatever links and paths lead to the database', async () => {
    using home = emptyFolder();
    using other = emptyFolder();
    await using first = new Started({ folder: home.path });
    await first.port();
    const file = join(home.path, 'accord.db');
    symlinkSync(file, join(other.path, 'link.db'));
    symlinkSync(join(other.path, 'link.db'), join(other.path, 'link-to-link.db'));
    symlinkSync(home.path, join(other.path, 'folder'));
    mkdirSync(join(home.path, 'sub'));
    const ways = [
      { settings: inFolder(join(other.path, 'link.db')) },
      { settings: inFolder(join(other.path, 'link-to-link.db')) },
      { settings: inFolder(join(other.path, 'folder/accord.db')) },
      { words: ['--data-dir', join(other.path, 'folder')] },
      { words: ['--data-dir', home.path], folder: other.path },
      { settings: inFolder('../accord.db'), folder: join(home.path, 'sub') },
      { settings: inFolder('sub/.././accord.db'), folder: home.path },
    ];
    for (const way of ways) {
      expect(await refusalOf(way)).toMatch(/^accord: The database "[^"]+" is served by another/);
    }
    // SQLite would keep other files beside another name, and both would destroy the database.
    linkSync(file, join(other.path, 'hard.db'));
    expect(await refusalOf({ settings: inFolder(join(other.path, 'hard.db')) })).toContain(
      '2 names (hard links)',
    );
    expect(first.process.exitCode).toBe(null);
  }, 60_000);

  test('links to a database that is not made yet lead to one database', async () => {
    using home = emptyFolder();
    using other = emptyFolder();
    symlinkSync(join(home.path, 'new.db'), join(other.path, 'accord.db'));
    await using first = new Started({ folder: other.path });
    await first.port();
    expect(existsSync(join(home.path, 'new.db'))).toBe(true);
    expect(await refusalOf({ settings: inFolder(join(home.path, 'new.db')) })).toContain('another');
  });

  test('a database that another program holds is waited for, and then refused in one line', async () => {
    using home = emptyFolder();
    const file = await made(home.path);
    using holder = new Database(file);
    holder.run('BEGIN IMMEDIATE');
    expect(await refusalOf({ folder: home.path })).toMatch(
      /"accord.db" is held by another program/,
    );
    await using waiting = new Started({ folder: home.path });
    await Bun.sleep(500);
    holder.run('ROLLBACK');
    await waiting.port();
  }, 60_000);

  test('what cannot be a database is refused in one line that says why', async () => {
    using home = emptyFolder();
    writeFileSync(join(home.path, 'letter.txt'), 'Dear reader, this is no database. '.repeat(50));
    symlinkSync('circle', join(home.path, 'circle'));
    symlinkSync('nowhere/accord.db', join(home.path, 'dangling'));
    const wrong = [
      ['.', /it is a folder/],
      ['letter.txt', /file is not a database/],
      ['nowhere/accord.db', /the folder "[^"]*nowhere" does not exist/],
      ['letter.txt/accord.db', /"[^"]*letter.txt" is no folder/],
      ['circle', /too many symbolic links/],
      ['dangling', /the folder "[^"]*nowhere" does not exist/],
      ['/dev/null', /it is not a file/],
      [`${'long'.repeat(100)}.db`, /ENAMETOOLONG/],
    ] as const;
    for (const [path, why] of wrong) {
      const refusal = await refusalOf({ folder: home.path, settings: inFolder(path) });
      expect(refusal).toMatch(/^accord: The database "[^"]+" cannot be used: /);
      expect(refusal).toMatch(why);
    }
  }, 60_000);

  test('an empty file becomes a database', async () => {
    using home = emptyFolder();
    writeFileSync(join(home.path, 'accord.db'), '');
    expect(statSync(await made(home.path)).size).toBeGreaterThan(0);
  });

  test.skipIf(isRoot)(
    'what may not be written is refused in one line that names it',
    async () => {
      using home = emptyFolder();
      const file = await made(home.path);
      for (const [path, mode] of [
        [file, 0o444],
        [`${file}-lock`, 0o444],
        [home.path, 0o555],
        [join(home.path, 'cdn'), 0o555],
      ] as const) {
        const before = statSync(path).mode;
        chmodSync(path, mode);
        expect(await refusalOf({ folder: home.path })).toContain(path.slice(home.path.length));
        chmodSync(path, before);
      }
    },
    60_000,
  );

  onMount(
    'what lies on a mount that may not be written is refused in one line',
    async () => {
      using home = emptyFolder();
      const file = await made(home.path);
      const readOnly = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd "$PWD"';
      for (const [path, says] of [
        [file, 'may not be read and written'],
        [home.path, 'may not be read and written'],
        [join(home.path, 'cdn'), 'for files cannot be used'],
      ] as const) {
        expect(await refusalOf({ folder: home.path, before: mounted(readOnly, path) })).toContain(
          says,
        );
      }
      // It would have its -wal in another folder than a server that is started outside.
      const alone = mounted('mount --bind "$0" "$0"', file);
      expect(await refusalOf({ folder: home.path, before: alone })).toContain('a mount of its own');
    },
    60_000,
  );

  onMount(
    'a disk that is full ends the start with one line',
    async () => {
      using home = emptyFolder();
      for (const size of ['16k', '64k', '200k', '600k']) {
        const small = mounted(`mount -t tmpfs -o size=${size} tmpfs "$0" && cd "$0"`, home.path);
        expect(await refusalOf({ folder: home.path, before: small })).toMatch(
          /disk is full|disk I\/O error/,
        );
      }
    },
    60_000,
  );

  test.skipIf(process.platform === 'win32')(
    'what the server makes is for its own user alone, whatever the umask',
    async () => {
      using home = emptyFolder();
      const before = ['sh', '-c', 'umask 022 && exec "$0" "$@"'];
      await using server = new Started({ folder: home.path, before });
      const port = await server.port();
      const body = JSON.stringify({ username: 'anna', password: 'correct horse' });
      const headers = { 'content-type': 'application/json' };
      const api = `http://127.0.0.1:${port}/api/v1`;
      const registered = await fetch(`${api}/auth/register`, { method: 'POST', headers, body });
      const { data } = (await registered.json()) as { data: { token: string } };
      const pixel =
        'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
      const changed = await fetch(`${api}/users/@me`, {
        method: 'PATCH',
        headers: { ...headers, authorization: `Bearer ${data.token}` },
        body: JSON.stringify({ avatar: pixel }),
      });
      expect(changed.status).toBe(200);
      const names = readdirSync(home.path, { recursive: true }).map(String);
      expect(names.filter((name) => /\.(webp|png|jpe?g|gif)$/.test(name)).length).toBeGreaterThan(
        0,
      );
      expect(names).toContain('accord.db-wal');
      for (const name of names) {
        const { mode } = statSync(join(home.path, name));
        expect({ name, others: mode & 0o077 }).toEqual({ name, others: 0 });
      }
    },
  );

  test.skipIf(process.platform === 'win32')(
    'a database that everybody may read is taken away from others, and left to its group',
    async () => {
      using home = emptyFolder();
      const file = await made(home.path);
      chmodSync(file, 0o644);
      chmodSync(`${file}-lock`, 0o666);
      chmodSync(join(home.path, 'cdn'), 0o755);
      await using server = new Started({ folder: home.path });
      await server.port();
      const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
      expect([file, `${file}-wal`, `${file}-shm`, `${file}-lock`].map(mode)).toEqual([
        '640',
        '640',
        '640',
        '660',
      ]);
      expect(mode(join(home.path, 'cdn'))).toBe('750');
    },
  );
});
