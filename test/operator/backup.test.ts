import { describe, expect, test } from 'bun:test';
import { Database } from 'bun:sqlite';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { newestSchema } from '../../src/db/open.ts';
import { readConfig } from '../../src/config.ts';
import { backUp } from '../../src/maintenance/backup.ts';
import { PartFolder } from '../../src/maintenance/part-folder.ts';
import { Watch } from '../../src/maintenance/watch.ts';
import { begins, Household, refusal, runs, scratch, givenBinary } from '../support/operator.ts';
import { canMount, mounted } from '../support/starting.ts';

// Commands are many processes, which the binary starts in a third of the time.
describe.skipIf(givenBinary === null)('with the binary', () => {
  const manifestOf = (folder: string) =>
    JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));

  /** Everything below a folder, with its mode. */
  function modesBelow(folder: string): string[] {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => `${name} ${(statSync(join(folder, name)).mode & 0o777).toString(8)}`)
      .toSorted();
  }

  /** Makes the database so large that copying it takes a while. */
  function grows(file: string, megabytes: number): void {
    const sqlite = new Database(file);
    sqlite.run('CREATE TABLE ballast (x)');
    const insert = sqlite.query('INSERT INTO ballast VALUES (zeroblob(1000000))');
    sqlite.transaction(() => {
      for (let n = 0; n < megabytes; n += 1) insert.run();
    })();
    sqlite.close();
  }

  test('a backup under load holds what was answered before it, each with its file, for its user alone', async () => {
    await using house = await Household.begin();
    const before = [await house.sends('one'), await house.sends('two')];
    let isOver = false;
    const writing = (async () => {
      for (let n = 0; !isOver; n += 1) {
        const { id } = await house.sends(`file ${n}`);
        if (n % 2 === 0) await house.calls('DELETE', `/channels/${house.channel}/messages/${id}`);
      }
    })();
    const says = await house.does('backup', 'backups/a day/monday');
    isOver = true;
    await writing;
    expect(says[0]).toContain('is done');
    const folder = house.at('backups/a day/monday');
    expect(readdirSync(folder).toSorted()).toEqual(['accord.db', 'cdn', 'manifest.json']);
    expect(readdirSync(house.at('backups/a day'))).toEqual(['monday']);
    const { files, missing, database } = manifestOf(folder);
    for (const { attachments } of before) {
      const path = new URL(attachments[0].url).pathname.replace('/cdn/', '');
      expect(files.map((file: any) => file.path.split('/')[2].split('.')[0])).toContain(
        path.split('/')[2]?.split('.')[0],
      );
    }
    expect(database).toMatchObject({
      schema: newestSchema,
      uuid: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(database.newest_event).toBeGreaterThan(0);
    const rows = new Database(join(folder, 'accord.db'), { readonly: true });
    const named = rows.query<{ n: number }, []>('SELECT count(*) AS n FROM attachments').get()?.n;
    rows.close();
    expect(files.length + missing.length).toBe(named ?? 0);
    expect(
      modesBelow(folder).filter((one) => !one.endsWith(' 600') && !one.endsWith(' 700')),
    ).toEqual([]);
    expect(await house.messages()).toContain('with a file');
  });

  test('without a server it leaves the database, a log that was left over, and the folder as they are', async () => {
    await using house = await Household.begin();
    await house.says('hello');
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      if (signal === 'SIGTERM') await house.server.start();
      await house.server.end(signal);
      const look = () =>
        readdirSync(house.folder)
          .filter((name) => name !== 'accord.db-shm' && statSync(house.at(name)).isFile())
          .map((name) => `${name} ${Bun.hash(readFileSync(house.at(name)))}`);
      const before = look();
      await house.does('backup', `backups/${signal}`);
      await house.does('check');
      expect(look()).toEqual(before);
      const copy = new Database(house.at('backups', signal, 'accord.db'), { readonly: true });
      expect(copy.query('SELECT content FROM messages').all()).toEqual([{ content: 'hello' }]);
      copy.close();
    }
  });

  test('of two backups to one place at once, one is made and the other is refused in words', async () => {
    using home = scratch();
    const [one, other] = [
      new PartFolder(join(home.path, 'b')),
      new PartFolder(join(home.path, 'b')),
    ];
    await one.keep();
    writeFileSync(join(home.path, 'b/file'), '');
    const line = await other.keep().then(() => '', String);
    expect(line).toMatch(/b" was made meanwhile; name another folder$/);
    other[Symbol.dispose]();
    expect(readdirSync(home.path)).toEqual(['b']);
  });

  test('what cannot be backed up, or not to there, is refused in one line and leaves nothing', async () => {
    await using house = await Household.begin();
    await house.sends('peas');
    mkdirSync(house.at('taken/something'), { recursive: true });
    writeFileSync(house.at('file'), '');
    symlinkSync(house.at('cdn'), house.at('link'));
    const all = () => readdirSync(house.folder, { recursive: true, encoding: 'utf8' }).toSorted();
    const before = all();
    const line = (...words: string[]) => house.isRefused('backup', ...words);
    expect(await line('taken')).toContain('"taken" is not empty');
    expect(await line('.')).toContain('is not empty');
    expect(await line('file')).toContain('not a folder');
    expect(await line('file/below')).toContain('file');
    const byLink = { ACCORD_STORAGE_PATH: 'link' };
    const linked = await runs(['backup', 'cdn/b'], { folder: house.folder, settings: byLink });
    expect(refusal(linked)).toContain('folder of uploaded files');
    for (const inside of ['cdn', 'cdn/', 'cdn/backup', './cdn/../cdn/a/b', 'link', 'link/b']) {
      expect(await line(inside)).toContain('folder of uploaded files');
    }
    expect(await line('new/one', '--data-dir', 'nowhere')).toBe(
      'accord: There is no database "nowhere/accord.db".',
    );
    const settings = { DATABASE_URL: 'sqlite::memory:' };
    expect(refusal(await runs(['backup', 'b'], { folder: house.folder, settings }))).toContain(
      'in memory',
    );
    expect(all()).toEqual(before);
    const other = new Database(house.at('other.db'));
    other.run('CREATE TABLE x (y)');
    other.close();
    const ofOther = { DATABASE_URL: 'sqlite:other.db' };
    expect(
      refusal(await runs(['backup', 'b'], { folder: house.folder, settings: ofOther })),
    ).toContain('another program');
    expect(existsSync(house.at('b'))).toBe(false);
  });

  test('a log that does not fit is refused', async () => {
    await using house = await Household.begin();
    await house.does('backup', 'b');
    await house.says('after');
    await house.server.end('SIGKILL');
    cpSync(house.at('b/accord.db'), house.at('accord.db'));
    expect(await house.isRefused('backup', 'c')).toContain('is not the one that the log');
    expect((await house.runs('check')).status).toBe(1);
    expect(existsSync(house.at('c'))).toBe(false);
  });

  test('an empty folder is filled, a link to one too, and odd names and a folder elsewhere work', async () => {
    await using house = await Household.begin();
    mkdirSync(house.at('empty'));
    mkdirSync(house.at('real'));
    symlinkSync('real', house.at('link'));
    for (const name of ['empty', 'link', `a b's "c" ?mode=rw#d%20e`, 'trailing/']) {
      await house.does('backup', name);
      expect(existsSync(house.at(name, 'manifest.json'))).toBe(true);
    }
    expect(existsSync(house.at('real/manifest.json'))).toBe(true);
    expect(readdirSync(house.folder).filter((name) => name.includes('.part-'))).toEqual([]);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s leaves nothing half made, and no folders that were made for it',
    async (signal) => {
      await using house = await Household.begin();
      await house.server.end('SIGTERM');
      grows(house.server.database, 200);
      const backup = begins(['backup', 'new/folders/b'], { folder: house.folder });
      while (!existsSync(house.at('new/folders'))) await Bun.sleep(5);
      while (readdirSync(house.at('new/folders')).length === 0) await Bun.sleep(5);
      backup.kill(signal);
      expect(await backup.exited).toBe(1);
      expect(await new Response(backup.stderr).text()).toBe(
        `accord: The backup failed: stopped by ${signal}.\n`,
      );
      expect(existsSync(house.at('new'))).toBe(false);
    },
  );

  test('what a killed backup has left goes with the next one; what a running one makes stays', async () => {
    await using house = await Household.begin();
    await house.server.end('SIGTERM');
    grows(house.server.database, 200);
    const parts = () =>
      existsSync(house.at('backups')) ? readdirSync(house.at('backups')).filter(isPart) : [];
    const isPart = (name: string) => name.includes('.part-');
    const killed = begins(['backup', 'backups/killed'], { folder: house.folder });
    const fileOf = ([part = '']: string[]) => house.at('backups', part, 'accord.db');
    while (parts().length === 0 || !existsSync(fileOf(parts()))) await Bun.sleep(5);
    killed.kill('SIGKILL');
    await killed.exited;
    expect(parts()).toHaveLength(1);
    mkdirSync(house.at('backups/mine.part-01234567'));
    const mine = parts();
    const first = begins(['backup', 'backups/first'], { folder: house.folder });
    const fresh = () => parts().filter((name) => !mine.includes(name));
    while (fresh().length === 0 || !existsSync(fileOf(fresh()))) await Bun.sleep(5);
    expect((await house.runs('backup', 'backups/second')).status).toBe(0);
    expect(await first.exited).toBe(0);
    expect(readdirSync(house.at('backups')).toSorted()).toEqual([
      'first',
      'mine.part-01234567',
      'second',
    ]);
  });

  test('a file that is missing is told and does not fail it; strays and what is set aside stay out', async () => {
    await using house = await Household.begin();
    await house.sends('gone');
    const [gone = ''] = await house.files();
    await house.sends('stays');
    const stray = gone.replace(/\d+\.([0-9a-f]{32})$/, '1.$1');
    renameSync(house.at('cdn', gone), house.at('cdn', stray));
    mkdirSync(house.at('cdn/set-aside/2026-01-01/attachments/1'), { recursive: true });
    writeFileSync(house.at('cdn/set-aside/2026-01-01/attachments/1/x'), '');
    const { status, complains } = await house.runs('backup', 'b');
    expect(status).toBe(0);
    expect(complains).toEqual([`accord: rows name files that are missing in "./cdn": "${gone}"`]);
    const { files, missing } = manifestOf(house.at('b'));
    expect(files).toHaveLength(1);
    expect(missing).toEqual([gone]);
    expect(readdirSync(house.at('b/cdn'), { recursive: true }).join()).not.toContain('set-aside');
  });

  /** Does something at steps of a command in this process. */
  class Interrupted extends Watch {
    readonly #deeds: Record<string, () => Promise<unknown>>;

    constructor(deeds: Record<string, () => Promise<unknown>>) {
      super();
      this.#deeds = deeds;
    }

    override async step(doing: string): Promise<void> {
      await this.#deeds[doing]?.();
      await super.step(doing);
    }
  }

  test('what comes before the snapshot, and what goes after it, is in the backup with its file', async () => {
    await using house = await Household.begin();
    const config = readConfig({}, house.folder);
    const early = await house.sends('goes after the snapshot');
    const [path = ''] = await house.files();
    const deletes = async ({ id }: { id: string }, gone: string) => {
      await house.calls('DELETE', `/channels/${house.channel}/messages/${id}`);
      while (existsSync(house.at('cdn', gone))) await Bun.sleep(20);
    };
    const watch = new Interrupted({
      'copying the database': () => house.sends('comes before the snapshot'),
      'taking what its rows name': () => deletes(early, path),
    });
    const { manifest, deleted, missing } = await backUp(config, house.at('b'), watch);
    expect({ deleted, missing }).toEqual({ deleted: 0, missing: [] });
    const texts = manifest.files.map((file) => readFileSync(house.at('b/cdn', file.path), 'utf8'));
    expect(texts.toSorted()).toEqual(['comes before the snapshot', 'goes after the snapshot']);
  });

  test('what comes and goes while a backup is made is counted, and fails nothing', async () => {
    await using house = await Household.begin();
    const config = readConfig({}, house.folder);
    let late: any;
    const watch = new Interrupted({
      'copying the database': async () => (late = await house.sends('comes and goes')),
      'taking what its rows name': async () => {
        await house.calls('DELETE', `/channels/${house.channel}/messages/${late.id}`);
        while ((await house.files()).length > 0) await Bun.sleep(20);
      },
    });
    const { manifest, deleted, missing } = await backUp(config, house.at('b'), watch);
    expect({ deleted, missing, files: manifest.files }).toEqual({
      deleted: 1,
      missing: [],
      files: [],
    });
    await house.server.end('SIGTERM');
    await house.does('restore', 'b');
  });

  test('files are linked on one disk, and stay in the backup when they are deleted', async () => {
    await using house = await Household.begin();
    const message = await house.sends('peas');
    const [path = ''] = await house.files();
    await house.does('backup', 'b');
    expect(statSync(house.at('b/cdn', path)).ino).toBe(statSync(house.at('cdn', path)).ino);
    await house.calls('DELETE', `/channels/${house.channel}/messages/${message.id}`);
    while (existsSync(house.at('cdn', path))) await Bun.sleep(50);
    expect(readFileSync(house.at('b/cdn', path), 'utf8')).toBe('peas');
  });

  const onMounts = canMount ? test : test.skip;

  /** A folder in which a disk of its own is mounted, as only the command sees it. */
  const disk = (path: string, options: string) =>
    mounted(`mount -t tmpfs -o ${options} tmpfs "$0"`, path);

  onMounts(
    'on another disk files are copied; the disk itself is no place for a backup',
    async () => {
      await using house = await Household.begin();
      await house.sends('peas');
      const [path = ''] = await house.files();
      mkdirSync(house.at('disk'));
      const before = mounted(
        `mount -t tmpfs tmpfs "$0" && trap 'cp -r "$0" "$0.copy"' EXIT && set -- sh -c '"$@"; code=$?; cp -r disk copy; exit $code' sh "$@"`,
        house.at('disk'),
      );
      const there = await runs(['backup', 'disk/b'], { folder: house.folder, before });
      expect(there).toMatchObject({ status: 0, complains: [] });
      expect(readFileSync(house.at('copy/b/cdn', path), 'utf8')).toBe('peas');
      const whole = await runs(['backup', 'disk'], {
        folder: house.folder,
        before: disk(house.at('disk'), 'size=50m'),
      });
      expect(refusal(whole)).toContain('a disk of its own');
    },
  );

  onMounts.each([
    ['too small for the database', 'size=3m', 'too little room', 4],
    ['full in the middle of the files', 'size=50m,nr_inodes=12', 'ENOSPC', 0],
  ])('a disk that is %s leaves nothing', async (_, options, why, megabytes) => {
    await using house = await Household.begin();
    for (let n = 0; n < 8; n += 1) await house.sends(`file ${n}`);
    if (megabytes > 0) {
      await house.server.end('SIGTERM');
      grows(house.server.database, megabytes);
    }
    mkdirSync(house.at('disk'));
    const listing = `set -- sh -c '"$@"; code=$?; ls -a disk > listing; exit $code' sh "$@"`;
    const before = mounted(
      `mount -t tmpfs -o ${options} tmpfs "$0" && ${listing}`,
      house.at('disk'),
    );
    const outcome = await runs(['backup', 'disk/some/b'], { folder: house.folder, before });
    expect(refusal(outcome)).toContain(why);
    expect(readFileSync(house.at('listing'), 'utf8')).toBe('.\n..\n');
  });

  test('one of the older schema is made without asking its rows', async () => {
    using folder = scratch();
    const { restore } = await import('../support/released.ts');
    await restore(8, join(folder.path, 'accord.db'));
    const around = { folder: folder.path };
    expect(await runs(['backup', 'b'], around)).toMatchObject({ status: 0, complains: [] });
    expect(manifestOf(join(folder.path, 'b')).database).toMatchObject({ schema: 8, uuid: null });
    expect(await runs(['check'], around)).toMatchObject({ status: 0 });
    rmSync(join(folder.path, 'b'), { recursive: true });
    chmodSync(folder.path, 0o700);
  });
});
