import { describe, expect, test } from 'bun:test';
import { Database } from 'bun:sqlite';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Household, refusal, runs, scratch, givenBinary } from '../support/operator.ts';
import { ServerProcess, serverCommand } from '../support/process.ts';
import { restore as released } from '../support/released.ts';
import { canMount, isRoot, mounted } from '../support/starting.ts';

// Commands are many processes, which the binary starts in a third of the time.
describe.skipIf(givenBinary === null)('with the binary', () => {
  /** Flips one bit of a byte in the middle of a file. */
  function flips(file: string, at = Math.floor(statSync(file).size / 2)): void {
    const bytes = readFileSync(file);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    rmSync(file); // it may be linked
    writeFileSync(file, bytes);
  }

  const replacedIn = (folder: string) =>
    readdirSync(folder).filter((name) => name.includes('.replaced-'));

  /** A database with one message and one file, a backup of it, and one of each since. */
  async function backedUp() {
    const house = await Household.begin();
    const first = await house.sends('one');
    await house.does('backup', 'b');
    const second = await house.sends('two');
    await house.says('after the backup');
    const end = () => house[Symbol.asyncDispose]();
    return { house, first, second, [Symbol.asyncDispose]: end };
  }

  test('beside the leftovers of a killed server it brings back the time of the backup, and the old one can be restored', async () => {
    await using story = await backedUp();
    const { house, first, second } = story;
    await house.server.end('SIGKILL');
    expect(statSync(house.at('accord.db-wal')).size).toBeGreaterThan(0);
    const says = await house.does('restore', 'b');
    expect(says.join(' ')).toContain('0 files put into place; 1 were there');
    expect(says.at(-1)).toContain('start the server');
    const [old = ''] = replacedIn(house.folder).toSorted();
    expect(replacedIn(house.folder).map((name) => name.slice(old.length))).toEqual(
      expect.arrayContaining(['', '-wal', '-checkpoint']),
    );
    expect(existsSync(house.at('accord.db-wal'))).toBe(false);
    await house.server.start();
    expect(await house.messages()).toEqual(['with a file']);
    expect(await house.file(first)).toBe('one');
    await house.says('a new time');
    await house.server.end('SIGTERM');
    // All files stay: also those of the time that was taken back.
    expect(await house.files()).toHaveLength(2);
    await house.does('restore', old);
    await house.server.start();
    expect(await house.messages()).toEqual(['with a file', 'with a file', 'after the backup']);
    expect(await house.file(second)).toBe('two');
    expect(replacedIn(house.folder)).toContain(old);
    await house.does('check');
  });

  test('while the server runs it is refused and changes nothing', async () => {
    await using story = await backedUp();
    const { house } = story;
    const before = readdirSync(house.folder).toSorted();
    expect(await house.isRefused('restore', 'b')).toContain('served by another process already');
    expect(readdirSync(house.folder).toSorted()).toEqual(before);
    expect(await house.messages()).toHaveLength(3);
  });

  test('in an empty folder it is the same server: people, messages and files', async () => {
    await using story = await backedUp();
    const { house, first } = story;
    await house.does('restore', 'b', '--data-dir', 'somewhere/new');
    expect((await house.runs('check', '--data-dir', 'somewhere/new')).status).toBe(0);
    await house.server.end('SIGTERM');
    for (const name of ['accord.db', 'cdn']) rmSync(house.at(name), { recursive: true });
    for (const name of ['accord.db', 'cdn']) {
      renameSync(house.at('somewhere/new', name), house.at(name));
    }
    await house.server.start();
    expect(await house.messages()).toEqual(['with a file']);
    expect(await house.file(first)).toBe('one');
    expect((await house.calls('POST', '/auth/login', house.anna)).token).toBeString();
  });

  test('the database of a backup comes without its files, and a line says where they are', async () => {
    await using story = await backedUp();
    const { house } = story;
    const place = ['--data-dir', 'somewhere/new'];
    const alone = await house.runs('restore', 'b/accord.db', ...place);
    expect(alone.complains.at(-1)).toContain('the backup "b" has files: restore that folder');
    const whole = await house.runs('restore', 'b', ...place);
    expect(whole).toMatchObject({ status: 0, complains: [] });
    expect((await house.runs('check', ...place)).status).toBe(0);
  });

  test('files that are missing come back, and none that is there is overwritten or removed', async () => {
    await using house = await Household.begin();
    const messages = [];
    for (const content of ['one', 'two']) messages.push(await house.sends(content));
    const [gone = '', changed = ''] = await house.files();
    await house.does('backup', 'b');
    await house.server.end('SIGTERM');
    rmSync(house.at('cdn', gone));
    flips(house.at('cdn', changed));
    const torn = readFileSync(house.at('cdn', changed), 'utf8');
    writeFileSync(house.at('cdn/attachments/mine'), '');
    const { status, says, complains } = await house.runs('restore', 'b');
    expect(status).toBe(0);
    expect(says.join(' ')).toContain('1 file put into place; 1 were there');
    expect(complains).toEqual([expect.stringContaining(`stay as they are: "${changed}"`)]);
    expect(readFileSync(house.at('cdn', changed), 'utf8')).toBe(torn);
    expect(existsSync(house.at('cdn/attachments/mine'))).toBe(true);
    await house.server.start();
    const texts = await Promise.all(messages.map((message) => house.file(message)));
    expect(texts.filter((text) => text === torn)).toHaveLength(1);
    expect(texts.filter((text) => text === 'one' || text === 'two')).toHaveLength(1);
    expect(existsSync(house.at('cdn', gone))).toBe(true);
  });

  test.each<[string, (folder: string, file: string) => void, RegExp]>([
    ['a byte of the database', (b) => flips(join(b, 'accord.db')), /SHA-256/],
    ['the first byte of it', (b) => flips(join(b, 'accord.db'), 0), /SHA-256/],
    ['its end', (b) => writeFileSync(join(b, 'accord.db'), 'x'), /1 bytes instead of/],
    ['all of it', (b) => rmSync(join(b, 'accord.db')), /is missing/],
    ['a byte of a file', (b, file) => flips(join(b, 'cdn', file)), /1 file .* SHA-256/],
    ['a whole file', (b, file) => rmSync(join(b, 'cdn', file)), /1 file .* is missing/],
    ['a byte of the manifest', (b) => flips(join(b, 'manifest.json'), 40), /json" is damaged/],
    ['the manifest', (b) => rmSync(join(b, 'manifest.json')), /not a backup/],
    ['the folder', (b) => rmSync(b, { recursive: true }), /there is no/],
  ])(
    'a backup that has lost %s is refused in one line, and nothing changes',
    async (_, spoil, why) => {
      await using story = await backedUp();
      const { house } = story;
      await house.server.end('SIGTERM');
      const file =
        readdirSync(house.at('b/cdn'), {
          recursive: true,
          encoding: 'utf8',
        }).find((name) => statSync(house.at('b/cdn', name)).isFile()) ?? '';
      spoil(house.at('b'), file);
      rmSync(house.at('cdn', file));
      const look = () =>
        readdirSync(house.folder, { recursive: true, encoding: 'utf8' }).toSorted().join();
      const before = [look(), Bun.hash(readFileSync(house.at('accord.db')))];
      expect(await house.isRefused('restore', 'b')).toMatch(why);
      expect([look(), Bun.hash(readFileSync(house.at('accord.db')))]).toEqual(before);
    },
  );

  test('a manifest cannot put a file outside the folder, nor in the place of the note', async () => {
    await using story = await backedUp();
    const { house } = story;
    await house.server.end('SIGTERM');
    const manifest = house.at('b/manifest.json');
    const given = readFileSync(manifest, 'utf8');
    for (const path of [
      '../../evil',
      '/tmp/evil',
      'belongs-to.txt',
      'set-aside/x',
      'a//b',
      'a/./b',
    ]) {
      const body = given
        .replace(/"attachments[^"]*"/, JSON.stringify(path))
        .split('  ,"sha256"')[0];
      const sum = new Bun.CryptoHasher('sha256').update(body ?? '').digest('hex');
      writeFileSync(manifest, `${body}  ,"sha256": "${sum}"\n}\n`);
      expect(await house.isRefused('restore', 'b')).toContain('is damaged');
    }
  });

  test('one file is restored with the log beside it; what is no database of ours is refused', async () => {
    await using story = await backedUp();
    const { house } = story;
    await house.server.end('SIGKILL');
    mkdirSync(house.at('copy'));
    for (const name of readdirSync(house.folder).filter((one) => /^accord.db(-wal)?$/.test(one))) {
      cpSync(house.at(name), house.at('copy', name));
    }
    await house.does('restore', 'copy/accord.db');
    expect(statSync(house.at('copy/accord.db-wal')).size).toBeGreaterThan(0);
    await house.server.start();
    expect(await house.messages()).toHaveLength(3);
    await house.server.end('SIGTERM');
    expect(await house.isRefused('restore', 'accord.db')).toContain('the database itself');
    expect(await house.isRefused('restore', 'b/manifest.json')).toContain('name its folder');
    writeFileSync(house.at('text'), 'no database '.repeat(999));
    expect(await house.isRefused('restore', 'text')).toContain('"text"');
    const other = new Database(house.at('other.db'));
    other.run('CREATE TABLE x (y)');
    other.close();
    expect(await house.isRefused('restore', 'other.db')).toContain('another program');
    cpSync(house.at('b/accord.db'), house.at('torn.db'));
    const size = statSync(house.at('torn.db')).size;
    const bytes = readFileSync(house.at('torn.db'));
    bytes.fill(0xff, Math.floor(size / 2), Math.floor(size / 2) + 8192);
    writeFileSync(house.at('torn.db'), bytes);
    expect(await house.isRefused('restore', 'torn.db')).toContain('"torn.db" is damaged');
    expect(await house.isRefused('restore', 'nowhere')).toContain('there is no "nowhere"');
  });

  test('a newer schema is refused, and an older one is migrated by the next start', async () => {
    await using house = await Household.begin();
    await house.sends('peas');
    await house.does('backup', 'b');
    await house.server.end('SIGTERM');
    cpSync(house.at('b/accord.db'), house.at('newer.db'));
    const newer = new Database(house.at('newer.db'));
    newer.run('PRAGMA user_version = 999');
    newer.close();
    expect(await house.isRefused('restore', 'newer.db')).toMatch(/"newer.db" .* newer version/);
    // As after an upgrade that is taken back: the database in place is one that this version refuses.
    const live = new Database(house.at('accord.db'));
    live.run('PRAGMA user_version = 999');
    live.close();
    await released(8, house.at('accord.db.before-8'));
    const says = await house.does('restore', 'accord.db.before-8');
    expect(says.join(' ')).toContain('migrates');
    // It has no id yet, so the note cannot name it.
    expect(existsSync(house.at('cdn/belongs-to.txt'))).toBe(false);
    await house.server.start();
    const login = { username: 'olga', password: 'correct horse' };
    expect((await house.calls('POST', '/auth/login', login)).token).toBeString();
  });

  test('files of another database are not mixed with those of the backup', async () => {
    await using story = await backedUp();
    const { house } = story;
    await using other = await Household.begin();
    await other.sends('ours');
    await other.server.end('SIGTERM');
    expect(await other.isRefused('restore', house.at('b'))).toContain('belong to another database');
    expect(await other.files()).toHaveLength(1);
    rmSync(other.at('cdn/attachments'), { recursive: true });
    await other.does('restore', house.at('b'));
    expect(await other.files()).toHaveLength(1);
    expect((await other.runs('check')).status).toBe(0);
  });

  test('after a crash between its steps the next start brings the new database', async () => {
    await using story = await backedUp();
    const { house } = story;
    await house.server.end('SIGKILL');
    const file = house.at('accord.db');
    // As far as a crash may come: the new file counts, the old log is away, the old file is not.
    cpSync(house.at('b/accord.db'), `${file}-restored-20260101-000000`);
    renameSync(`${file}-wal`, `${file}.replaced-20260101-000000-wal`);
    writeFileSync(`${file}-restoring`, 'half of another one');
    expect(await house.isRefused('backup', 'c')).toContain('interrupted');
    await house.server.start();
    expect(await house.messages()).toEqual(['with a file']);
    expect(existsSync(`${file}-restoring`)).toBe(false);
    await house.server.end('SIGTERM');
    await house.does('restore', 'accord.db.replaced-20260101-000000');
    await house.server.start();
    expect(await house.messages()).toHaveLength(3);
  });

  test('killed at any moment it leaves the old or the new database, and can be run again', async () => {
    await using story = await backedUp();
    const { house } = story;
    await house.server.end('SIGKILL');
    using old = scratch();
    // The socket of the operator's commands, which nobody copies.
    rmSync(house.at('accord.db-control'), { force: true });
    cpSync(house.folder, old.path, { recursive: true, preserveTimestamps: true });
    const seen = new Set<number>();
    for (let delay_ms = 150; delay_ms < 900; delay_ms += 130) {
      using folder = scratch();
      cpSync(old.path, folder.path, { recursive: true, preserveTimestamps: true });
      const before = ['timeout', '-s', 'KILL', String(delay_ms / 1000)];
      await runs(['restore', 'b'], { folder: folder.path, before });
      const copy = ServerProcess.start(serverCommand(null), {
        DATABASE_URL: `sqlite:${join(folder.path, 'accord.db')}`,
      });
      await using server = await copy;
      const path = `/api/v1/channels/${house.channel}/messages`;
      const headers = { authorization: `Bearer ${house.token}` };
      const answer: any = await (await fetch(`${server.origin}${path}`, { headers })).json();
      seen.add(answer.data.length);
      await server.end('SIGKILL');
      expect(await runs(['restore', 'b'], { folder: folder.path })).toMatchObject({ status: 0 });
    }
    expect([1, 3]).toEqual(expect.arrayContaining([...seen]));
  }, 120_000);

  const onMounts = canMount ? test : test.skip;

  onMounts('a full disk leaves everything as it was', async () => {
    await using story = await backedUp();
    const { house } = story;
    await house.server.end('SIGTERM');
    mkdirSync(house.at('disk'));
    const script = `mount -t tmpfs -o size=600k tmpfs "$0" && set -- sh -c 'mkdir disk/new; "$@"; code=$?; ls disk/new > listing; exit $code' sh "$@"`;
    const before = mounted(script, house.at('disk'));
    const outcome = await runs(['restore', 'b', '--data-dir', 'disk/new'], {
      folder: house.folder,
      before,
    });
    expect(refusal(outcome)).toContain('too little room');
    expect(readFileSync(house.at('listing'), 'utf8')).toBe('accord.db-lock\n');
  });

  onMounts('a disk that is full in the middle of the files keeps none of them', async () => {
    await using house = await Household.begin();
    for (let n = 0; n < 8; n += 1) await house.sends(`file ${n}`);
    await house.does('backup', 'b');
    mkdirSync(house.at('disk'));
    const script = `mount -t tmpfs -o size=50m,nr_inodes=12 tmpfs "$0" && set -- sh -c 'mkdir disk/new; "$@"; code=$?; find disk/new -type f > listing; exit $code' sh "$@"`;
    const outcome = await runs(['restore', 'b', '--data-dir', 'disk/new'], {
      folder: house.folder,
      before: mounted(script, house.at('disk')),
    });
    expect(refusal(outcome)).toContain('ENOSPC');
    expect(readFileSync(house.at('listing'), 'utf8')).not.toContain('attachments');
    expect(readFileSync(house.at('listing'), 'utf8')).not.toMatch(/accord.db(-rest.*)?\n/);
  });

  test.skipIf(!isRoot)('what root restores belongs to whoever the folder belongs to', async () => {
    await using story = await backedUp();
    const { house } = story;
    const data = house.at('data');
    mkdirSync(data);
    chownSync(data, 1234, 1235);
    await house.does('restore', 'b', '--data-dir', 'data');
    const owners = readdirSync(data, { recursive: true, encoding: 'utf8' }).map((name) => {
      const { uid, gid } = statSync(join(data, name));
      return `${uid} ${gid}`;
    });
    expect(new Set(owners)).toEqual(new Set(['1234 1235']));
    chmodSync(join(data, 'accord.db'), 0o640);
    await house.does('restore', 'b', '--data-dir', 'data');
    expect(statSync(join(data, 'accord.db')).mode & 0o777).toBe(0o640);
  });
});
