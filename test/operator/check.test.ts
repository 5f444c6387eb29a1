import { describe, expect, test } from 'bun:test';
import { Database } from 'bun:sqlite';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Household, givenBinary } from '../support/operator.ts';

// Commands are many processes, which the binary starts in a third of the time.
describe.skipIf(givenBinary === null)('with the binary', () => {
  /** Changes the database of a server that is stopped. */
  function changes(house: Household, ...statements: string[]): void {
    const sqlite = new Database(house.at('accord.db'));
    sqlite.run('PRAGMA foreign_keys = OFF');
    for (const statement of statements) sqlite.run(statement);
    sqlite.close();
  }

  test('a server that people write to is well, and what they delete meanwhile is not missed', async () => {
    await using house = await Household.begin();
    let isOver = false;
    const writing = (async () => {
      for (let n = 0; !isOver; n += 1) {
        const { id } = await house.sends(`file ${n}`);
        if (n % 3 > 0) await house.calls('DELETE', `/channels/${house.channel}/messages/${id}`);
      }
    })();
    for (let n = 0; n < 6; n += 1) {
      const { status, says, complains } = await house.runs('check');
      expect({ status, says, complains }).toMatchObject({ status: 0, complains: [] });
      expect(says.at(-1)).toBe('All is well.');
    }
    isOver = true;
    await writing;
    await house.server.end('SIGKILL');
    expect((await house.runs('check')).status).toBe(0);
  });

  test('files without a row are counted; those that a row names are found missing, or set aside', async () => {
    await using house = await Household.begin();
    for (const content of ['one', 'two', 'three']) await house.sends(content);
    const [gone = '', aside = ''] = await house.files();
    writeFileSync(house.at('cdn', gone.replace(/\d+\.([0-9a-f]{32})$/, '1.$1')), '');
    writeFileSync(house.at('cdn/attachments/mine.txt'), '');
    const well = await house.runs('check');
    expect(well.status).toBe(0);
    expect(well.says.join(' ')).toContain('Rows name 3 files. No row names 1 file');
    rmSync(house.at('cdn', gone));
    const place = house.at('cdn/set-aside/2026-01-01', aside);
    mkdirSync(dirname(place), { recursive: true });
    renameSync(house.at('cdn', aside), place);
    const { status, says } = await house.runs('check');
    expect(status).toBe(1);
    expect(says.filter((line) => line.startsWith('The file'))).toEqual([
      expect.stringMatching(new RegExp(`"${gone}" is missing .* Restore a backup that has it`)),
      expect.stringContaining(`"${aside}" is set aside. Start the server anew`),
    ]);
    expect(says.at(-1)).toBe('2 findings.');
  });

  test('all findings are counted, also those that have no line of their own', async () => {
    await using house = await Household.begin();
    for (let n = 0; n < 13; n += 1) await house.sends(`file ${n}`);
    rmSync(house.at('cdn/attachments'), { recursive: true });
    const { says } = await house.runs('check');
    expect(says.filter((line) => line.startsWith('The file'))).toHaveLength(10);
    expect(says).toContain('3 more findings like this one.');
    expect(says.at(-1)).toBe('13 findings.');
  });

  test('a log that was taken away is told, and no backup is made without it', async () => {
    await using house = await Household.begin();
    await house.says('hello');
    rmSync(house.at('accord.db-wal'));
    const beside = await house.runs('check');
    expect(beside).toMatchObject({ status: 1 });
    expect(beside.says[0]).toContain('The log "accord.db-wal" is gone');
    expect(await house.isRefused('backup', 'b')).toContain('The log "accord.db-wal" is gone');
    // As the line says: the server still has it, and saves it at its end.
    await house.server.end('SIGTERM');
    expect((await house.runs('check')).status).toBe(0);
    await house.server.start();
    expect(await house.messages()).toEqual(['hello']);
    await house.server.end('SIGKILL');
    renameSync(house.at('accord.db-wal'), house.at('log'));
    expect((await house.runs('check')).says[0]).toContain('is gone');
    renameSync(house.at('log'), house.at('accord.db-wal'));
    expect((await house.runs('check')).status).toBe(0);
  });

  test.each<[string, string[], string]>([
    ['a row that points nowhere', ['DELETE FROM users'], 'points to no row of users'],
    [
      'an event above the kept number',
      ["UPDATE sqlite_sequence SET seq = 5 WHERE name = 'events'"],
      'above the newest one that was kept',
    ],
    [
      'starts out of order',
      ['INSERT INTO event_starts (first_seq, last_seq) VALUES (5, 9)'],
      'out of order',
    ],
    ['a wrong size', ['UPDATE event_log SET size_bytes = size_bytes + 1'], 'bytes, and has'],
    [
      'a wrong share',
      ["INSERT INTO event_shares (account_id, size_bytes) VALUES ('1', 5)"],
      'of account 1 than it says',
    ],
    ['an event without scopes', ['DELETE FROM event_scopes'], 'has no scope'],
    ['scopes without an event', ['DELETE FROM events'], 'is gone, and its scopes are not'],
  ])('%s is found', async (_, statements, line) => {
    await using house = await Household.begin();
    await house.says('hello');
    await house.server.end('SIGTERM');
    expect((await house.runs('check')).status).toBe(0);
    changes(house, ...statements);
    const { status, says } = await house.runs('check');
    expect(status).toBe(1);
    expect(says.join('\n')).toContain(line);
  });

  test('torn pages are found, beside a server too', async () => {
    await using house = await Household.begin();
    for (let n = 0; n < 60; n += 1) await house.says(`${n} ${'z'.repeat(900)}`);
    await house.server.end('SIGTERM');
    const file = house.at('accord.db');
    const bytes = readFileSync(file);
    const at = bytes.lastIndexOf('zzzzzzzz');
    bytes.fill(0xff, at - (at % 4096), at - (at % 4096) + 4096);
    writeFileSync(file, bytes);
    await house.server.start().catch(() => {});
    const { status, says } = await house.runs('check');
    expect(status).toBe(1);
    expect(says[0]).toMatch(/^The database is damaged: .* Restore a backup\.$/);
  });

  test('an index that says something else than its table is found, in the database and in a copy', async () => {
    await using house = await Household.begin();
    await house.server.end('SIGTERM');
    changes(
      house,
      'CREATE TABLE x (a)',
      'CREATE INDEX x_a ON x (a)',
      "INSERT INTO x VALUES ('aXXa')",
    );
    const bytes = readFileSync(house.at('accord.db'));
    bytes.write('aYYa', bytes.indexOf('aXXa'));
    writeFileSync(house.at('accord.db'), bytes);
    cpSync(house.at('accord.db'), house.at('copy.db'));
    const { status, says } = await house.runs('check');
    expect({ status, says }).toMatchObject({ status: 1 });
    expect(says[0]).toContain('missing from index x_a');
    expect(await house.isRefused('restore', 'copy.db')).toContain('missing from index x_a');
  });

  test('a log that does not fit, and a folder of another database, are found', async () => {
    await using house = await Household.begin();
    await house.sends('peas');
    await house.server.end('SIGTERM');
    appendFileSync(house.at('cdn/belongs-to.txt'), `${'0'.repeat(32)}\n`);
    const shared = await house.runs('check');
    expect(shared.status).toBe(1);
    expect(shared.says.join()).toContain('belongs to another database, too');
    cpSync(house.at('accord.db'), house.at('copy.db'));
    await house.server.start();
    await house.says('hello');
    await house.server.end('SIGKILL');
    expect(statSync(house.at('accord.db-wal')).size).toBeGreaterThan(0);
    cpSync(house.at('copy.db'), house.at('accord.db'));
    const { status, says } = await house.runs('check');
    expect(status).toBe(1);
    expect(says[0]).toContain('accord restore');
    // And restore is the way out that it names.
    await house.does('restore', 'copy.db');
    await house.server.start();
    expect(await house.messages()).toEqual(['with a file']);
    expect(existsSync(house.at('accord.db-restoring'))).toBe(false);
  });
});
