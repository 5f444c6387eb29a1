// The log beside the database belongs to one state of its file; a start with another file is refused.
import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { hasForeignLog } from '../../src/db/checkpoint-note.ts';
import { openDatabase } from '../../src/db/open.ts';
import { all, parts, Served, started } from '../support/served.ts';

const refusal =
  /^The database ".*" is not the one that the log ".*-wal" continues; .*accord restore/;

test('a server that was killed starts with all that it had written', async () => {
  const served = new Served();
  served.write(50);
  expect(started(served.killed())).toBe(50);
  await served.checkpoint();
  served.write(25);
  expect(started(served.killed())).toBe(75);
  served.end();
});

test.each([
  ['cp of a compact copy', 'vacuum', copyFileSync],
  ['cp of a copy page by page', 'serialize', copyFileSync],
  ['mv', 'vacuum', renameSync],
  ['cp -p', 'vacuum', (from: string, to: string) => cpSync(from, to, { preserveTimestamps: true })],
] as const)(
  'a copy that was put beside a leftover log is refused, and left alone: %s',
  async (_name, how, put) => {
    for (const isLater of [false, true]) {
      const served = new Served();
      served.write(50);
      if (isLater) await served.checkpoint();
      served.write(10);
      const copy = served.copy(how);
      served.write(40);
      const path = served.killed();
      put(copy, path);
      const before = parts.map((part) => readFileSync(path + part));
      expect(started(path)).toMatch(refusal);
      expect(parts.map((part) => readFileSync(path + part))).toEqual(before);
      // What the line tells to do does it.
      rmSync(`${path}-wal`);
      expect(started(path)).toBe(60);
      served.end();
    }
  },
);

test('the database of another server beside a leftover log is refused', () => {
  const [one, other] = [new Served(), new Served()];
  one.write(20);
  other.write(30);
  const path = one.killed();
  copyFileSync(other.copy(), path);
  expect(started(path)).toMatch(refusal);
  one.end();
  other.end();
});

test('a log without its database is refused: a new one must not take it over', () => {
  const served = new Served();
  served.write(20);
  const path = served.killed();
  rmSync(path);
  expect(started(path)).toMatch(refusal);
  served.end();
});

test('a folder that was copied as a whole is the same server, also where times were lost', async () => {
  const served = new Served();
  served.write(50);
  await served.checkpoint();
  served.write(10);
  expect(started(served.killed(false))).toBe(60);
  // As tar keeps them: whole seconds.
  const path = served.killed();
  for (const part of parts) {
    const seconds = Math.floor(statSync(path + part).mtimeMs / 1000);
    utimesSync(path + part, seconds, seconds);
  }
  expect(started(path)).toBe(60);
  // Copied as a whole, and then the database alone was replaced by an older one.
  const mixed = served.killed(false);
  copyFileSync(served.copy(), mixed);
  rmSync(`${mixed}-wal`);
  cpSync(`${served.path}-wal`, `${mixed}-wal`);
  expect(started(mixed)).toMatch(refusal);
  served.end();
});

test('a server that was killed in the middle of a checkpoint starts; a copy in its place does not', async () => {
  const served = new Served();
  served.write(30);
  await served.checkpoint();
  const old = served.copy();
  served.write(5);
  await served.checkpoint();
  served.write(60);
  const before = served.killed();
  const log = readFileSync(`${served.path}-wal`);
  await served.checkpoint();
  const after = readFileSync(served.path);
  const noted = JSON.parse(readFileSync(`${served.path}-checkpoint`, 'utf8'));
  const was = JSON.parse(readFileSync(`${before}-checkpoint`, 'utf8'));
  // The log, the next number of checkpoints in it, and the file with the first part of the log.
  const wal = readFileSync(`${served.path}-wal`);
  expect(wal.length).toBeGreaterThanOrEqual(log.length);
  const note = { ...was, state: 'writing', begun: noted.begun, made: null };
  for (const share of [0, 0.3, 0.7, 1]) {
    const path = join(all.path, `${crypto.randomUUID()}.db`);
    // It grows with each page, and its first page says how large it will be.
    const end = Math.floor((after.length * share) / 4096) * 4096;
    writeFileSync(
      path,
      Buffer.concat([after.subarray(0, end), readFileSync(before).subarray(end)]),
    );
    writeFileSync(`${path}-wal`, wal);
    writeFileSync(`${path}-checkpoint`, JSON.stringify(note));
    expect(started(path)).toBe(95);
  }
  const path = join(all.path, `${crypto.randomUUID()}.db`);
  copyFileSync(old, path);
  writeFileSync(`${path}-wal`, wal);
  writeFileSync(`${path}-checkpoint`, JSON.stringify(note));
  expect(started(path)).toMatch(refusal);
  served.end();
});

test('where another program makes checkpoints, too, that is noticed once, and no start is refused', async () => {
  const served = new Served();
  served.write(20);
  const other = new Database(served.path);
  const checkpoint = () => other.query('PRAGMA wal_checkpoint(PASSIVE)').get();
  checkpoint();
  await served.clock.pass(2_500);
  expect(served.shares).toBe(1);
  served.write(20);
  checkpoint();
  await served.clock.pass(2_500);
  expect(served.shares).toBe(1);
  served.write(20);
  checkpoint();
  // Killed before it could look again.
  served.write(5);
  const path = served.killed();
  expect(started(path)).toBe(65);
  const old = served.copy();
  await served.checkpoint();
  served.write(10);
  const replaced = served.killed();
  copyFileSync(old, replaced);
  expect(started(replaced)).toMatch(refusal);
  other.close();
  served.end();
});

test('the log goes into the file when it is large, and once a minute', async () => {
  const served = new Served();
  served.write(10);
  await served.clock.pass(30_000);
  expect(served.logPages).toBeGreaterThan(0);
  await served.clock.pass(32_000);
  expect(served.logPages).toBe(0);
  served.write(4_500);
  await served.clock.pass(2_500);
  expect(served.logPages).toBe(0);
  const size = statSync(`${served.path}-wal`).size;
  for (let n = 0; n < 4; n += 1) {
    served.write(4_200);
    await served.clock.pass(2_500);
  }
  expect(statSync(`${served.path}-wal`).size).toBeLessThan(2 * size);
  served.end();
});

test('a busy server puts a short log into the file, and in vain no more often than else', () => {
  const served = new Served();
  const longest = () => {
    let most = 0;
    for (let n = 0; n < 80; n += 1) {
      served.write(100);
      most = Math.max(most, served.logPages);
    }
    return most;
  };
  expect(longest()).toBeLessThan(5_000);
  const other = new Database(served.path);
  other.run('BEGIN');
  other.query('SELECT count(*) FROM notes').get();
  const before = served.checkpoints;
  // What is written after somebody has begun to read stays in the log until they end.
  expect(longest()).toBeGreaterThan(7_500);
  expect(served.checkpoints - before).toBeWithin(1, 6);
  other.close();
  longest();
  expect(longest()).toBeLessThan(5_000);
  served.end();
});

test('while the note cannot be written, no checkpoint is made that a start would not know', async () => {
  const served = new Served();
  served.mayFail = true;
  const inTheWay = `${served.path}-checkpoint.part`;
  mkdirSync(inTheWay);
  for (let n = 0; n < 120; n += 1) served.write(100);
  expect(started(served.killed())).toBe(12_000);
  await served.clock.pass(125_000);
  served.write(2_000);
  await served.clock.pass(125_000);
  expect(started(served.killed())).toBe(14_000);
  expect(served.shares).toBe(0);
  rmdirSync(inTheWay);
  await served.checkpoint();
  expect(started(served.killed())).toBe(14_000);
  served.end();
});

test('a server in which nothing happens writes nothing', async () => {
  const served = new Served();
  served.write(10);
  await served.checkpoint();
  const before = parts.map((part) => readFileSync(served.path + part));
  await served.clock.pass(300_000);
  expect(parts.map((part) => readFileSync(served.path + part))).toEqual(before);
  served.end();
});

test('a server that stops leaves no log; what is put in its place is served', async () => {
  const served = new Served();
  served.write(10);
  const copy = served.copy();
  served.write(10);
  served.end();
  expect(existsSync(`${served.path}-wal`)).toBe(false);
  copyFileSync(copy, served.path);
  expect(started(served.path)).toBe(10);
});

test('without a note, as an earlier version has left it, the log is taken', () => {
  const served = new Served();
  served.write(10);
  const path = served.killed();
  rmSync(`${path}-checkpoint`);
  expect(hasForeignLog(path)).toBe(false);
  expect(started(path)).toBe(10);
  served.end();
});

test.each(['an older copy', 'the same, compacted'])(
  'a start that is killed after the server had stopped can be made again: %s in its place',
  async (what) => {
    const served = new Served();
    served.write(10);
    const copy = served.copy();
    served.write(10);
    await served.checkpoint();
    served.end();
    const other = new Database(served.path);
    other.run('CREATE TABLE first (n INTEGER)');
    other.run('DROP TABLE first');
    other.run('VACUUM');
    other.close();
    if (what === 'an older copy') copyFileSync(copy, served.path);
    const { sqlite } = openDatabase(served.path, 'full');
    sqlite.run("INSERT INTO notes VALUES (1000, 'before it was killed')");
    const path = served.killed();
    sqlite.close();
    expect(started(path)).toBe(what === 'an older copy' ? 11 : 21);
  },
);
