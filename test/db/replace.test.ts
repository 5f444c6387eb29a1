import { expect, test } from 'bun:test';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  beginReplacing,
  finishReplacing,
  movesOf,
  newFileOf,
  unfinished,
} from '../../src/db/replace.ts';
import { scratch } from '../support/operator.ts';

const now = new Date('2026-12-31T23:59:58Z');
const time = '20261231-235958';

/** An old database with all that lies beside it, and a new one that is complete. */
function prepared(folder: string): string {
  const file = join(folder, 'accord.db');
  for (const suffix of ['', '-wal', '-shm', '-journal', '-checkpoint']) {
    writeFileSync(`${file}${suffix}`, `old${suffix}`);
  }
  writeFileSync(newFileOf(file), 'new');
  return file;
}

function expectNew(file: string): void {
  expect(readFileSync(file, 'utf8')).toBe('new');
  for (const suffix of ['-wal', '-shm', '-journal', '-checkpoint']) {
    expect(existsSync(`${file}${suffix}`)).toBe(false);
    expect(readFileSync(`${file}.replaced-${time}${suffix}`, 'utf8')).toBe(`old${suffix}`);
  }
  expect(readFileSync(`${file}.replaced-${time}`, 'utf8')).toBe('old');
  expect(unfinished(file)).toBeNull();
  expect(existsSync(newFileOf(file))).toBe(false);
}

test('a crash before the new file counts leaves the old one, and the new one goes', () => {
  using folder = scratch();
  const file = prepared(folder.path);
  finishReplacing(file);
  expect(existsSync(newFileOf(file))).toBe(false);
  for (const suffix of ['', '-wal', '-shm', '-journal', '-checkpoint']) {
    expect(readFileSync(`${file}${suffix}`, 'utf8')).toBe(`old${suffix}`);
  }
});

const count = movesOf('accord.db', time).length;

test.each(Array.from({ length: count + 1 }, (_, done) => done))(
  'a crash after %d moves leaves the new one once it is finished',
  (done) => {
    using folder = scratch();
    const file = prepared(folder.path);
    expect(beginReplacing(file, now)).toBe(time);
    for (const { from, to } of movesOf(file, time).slice(0, done)) renameSync(from, to);
    expect(unfinished(file)).toBe(done === count ? null : time);
    finishReplacing(file);
    expectNew(file);
    finishReplacing(file);
    expectNew(file);
  },
);

test('the new file never lies beside the log of the old one', () => {
  using folder = scratch();
  const file = prepared(folder.path);
  beginReplacing(file, now);
  for (const { from, to } of movesOf(file, time)) {
    renameSync(from, to);
    const isNew = existsSync(file) && readFileSync(file, 'utf8') === 'new';
    expect(isNew && existsSync(`${file}-wal`)).toBe(false);
  }
});

test('two restores in one second keep both old files', () => {
  using folder = scratch();
  const file = prepared(folder.path);
  beginReplacing(file, now);
  finishReplacing(file);
  writeFileSync(newFileOf(file), 'newer');
  expect(beginReplacing(file, now)).toBe(`${time}.2`);
  finishReplacing(file);
  expect(readFileSync(file, 'utf8')).toBe('newer');
  expect(readFileSync(`${file}.replaced-${time}`, 'utf8')).toBe('old');
  expect(readFileSync(`${file}.replaced-${time}.2`, 'utf8')).toBe('new');
});

test('what lies in the way of an interrupted restore is not overwritten', () => {
  using folder = scratch();
  const file = prepared(folder.path);
  beginReplacing(file, now);
  writeFileSync(`${file}.replaced-${time}`, 'something else');
  expect(() => finishReplacing(file)).toThrow(/both ".*" and ".*" are there/);
  expect(readFileSync(file, 'utf8')).toBe('old');
  expect(readFileSync(`${file}.replaced-${time}`, 'utf8')).toBe('something else');
});
