// Files in their folder: whole or not there, never outside, and none forgotten.
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileStore, openFileStore } from '../../src/lib/file-store.ts';

let root = '';
let store: FileStore;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'file-store-'));
  store = await openFileStore(root);
});
afterEach(() => rm(root, { recursive: true }));

const text = (path: string) => Bun.file(join(root, path)).text();
const files = async () => {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
};

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => 'accepted',
    (error: Error) => error.message,
  );

async function temporary(content: string, name = 'upload'): Promise<string> {
  const path = join(store.temporaryFolder, name);
  await Bun.write(path, content);
  return path;
}

describe('a file', () => {
  test('that is adopted moves to its place, with the folders it needs', async () => {
    await store.adopt(await temporary('hello'), 'attachments/1/2.secret/cat.png');
    expect(await text('attachments/1/2.secret/cat.png')).toBe('hello');
    expect(await readdir(store.temporaryFolder)).toEqual([]);
    expect(store.locate('attachments/1/2.secret/cat.png')).toBe(
      join(root, 'attachments/1/2.secret/cat.png'),
    );
  });

  test('that is put replaces the one before it', async () => {
    await store.put(Buffer.from('old'), 'avatars/1.png');
    await store.put(Buffer.from('new'), 'avatars/1.png');
    expect(await text('avatars/1.png')).toBe('new');
    expect(await files()).toEqual(['1.png']);
  });

  test('that is removed takes its empty folders along and no others', async () => {
    await store.put(Buffer.from('a'), 'attachments/1/2/a');
    await store.put(Buffer.from('b'), 'attachments/1/3/b');
    await store.remove('attachments/1/2/a');
    expect(await readdir(join(root, 'attachments/1'))).toEqual(['3']);
    await store.remove('attachments/1/3/b');
    expect(await readdir(root)).toEqual(['tmp']);
    await store.remove('attachments/1/3/b');
  });

  test('that is not temporary cannot be adopted', async () => {
    await store.put(Buffer.from('a'), 'kept');
    expect(await refusal(store.adopt(join(root, 'kept'), 'other'))).toContain('temporary');
    expect(await refusal(store.adopt('/etc/passwd', 'other'))).toContain('temporary');
    expect(await refusal(store.adopt(join(store.temporaryFolder, 'missing'), 'other'))).toContain(
      'ENOENT',
    );
  });

  test('that cannot be put leaves nothing', async () => {
    await store.put(Buffer.from('a'), 'folder');
    expect(await refusal(store.put(Buffer.from('b'), 'folder/b'))).not.toBe('accepted');
    expect(await files()).toEqual(['folder']);
  });
});

test.each([
  '',
  '.',
  '..',
  '../a',
  'a/../../b',
  '/etc/passwd',
  'a//b',
  'a/',
  'a/./b',
  'a\0b',
  '..\\a',
])('the path %j leads nowhere', async (path) => {
  expect(store.locate(path)).toBeUndefined();
  expect(await refusal(store.put(Buffer.from('x'), path))).toContain('not a path');
  expect(await refusal(store.adopt(await temporary('x'), path))).toContain('not a path');
  expect(await refusal(store.remove(path))).toContain('not a path');
});

test('what is no upload is never served, whatever the file system thinks of case', () => {
  expect(store.locate('set-aside/2026-06-01/a')).toBeUndefined();
  expect(store.locate('Set-Aside/2026-06-01/a')).toBeUndefined();
  expect(store.locate('belongs-to.txt')).toBeUndefined();
  expect(store.locate('tmp/upload')).toBeUndefined();
  expect(store.locate('TMP/upload')).toBeUndefined();
  expect(store.locate('tmp')).toBeUndefined();
  expect(store.locate('tmpfiles/a')).toBe(join(root, 'tmpfiles/a'));
});

/** Searches to the end. */
async function straysOf(
  before_ms: number,
  isKnown: (path: string) => boolean = () => false,
): Promise<string[]> {
  const slices = await Array.fromAsync(store.strays(before_ms, isKnown));
  const paths = slices.flat().map(({ path }) => path);
  return paths.toSorted((a, b) => a.localeCompare(b));
}

test('strays are the old files that nobody knows, temporary ones included', async () => {
  const old = new Date('2026-01-01');
  for (const path of ['a/known', 'a/unknown', 'a/fresh']) {
    await store.put(Buffer.from('x'), path);
    if (path !== 'a/fresh') await utimes(join(root, path), old, old);
  }
  await utimes(await temporary('x', 'left'), old, old);
  await temporary('x', 'running');
  const asked: string[] = [];
  const found = await straysOf(new Date('2026-01-02').getTime(), (path) => {
    asked.push(path);
    return path === 'a/known';
  });
  expect(found).toEqual(['a/unknown', 'tmp/left']);
  expect(asked.toSorted()).toEqual(['a/fresh', 'a/known', 'a/unknown']);
  for (const path of found) await store.remove(path);
  expect((await files()).toSorted()).toEqual(['fresh', 'known', 'running']);
});

test('what is being received is no stray, however long that takes', async () => {
  await temporary('x', 'slow');
  await store.put(Buffer.from('x'), 'left');
  const later_ms = Date.now() + 86_400_000;
  expect(await straysOf(later_ms)).toEqual(['left']);
  // What this run has left, the next one finds.
  const waiting = join(store.temporaryFolder, 'slow');
  await utimes(waiting, new Date('2026-01-01'), new Date('2026-01-01'));
  store = await openFileStore(root);
  expect(await straysOf(later_ms)).toEqual(['left', 'tmp/slow']);
});

test('a file that waited long before it came to its place counts from then on', async () => {
  const waiting = await temporary('x');
  await utimes(waiting, new Date('2026-01-01'), new Date('2026-01-01'));
  await store.adopt(waiting, 'a');
  expect(await straysOf(Date.now() - 3_600_000)).toEqual([]);
});

test('a search comes in slices, so that whoever asks for them can let others have their turn', async () => {
  for (let n = 0; n < 250; n += 1) await Bun.write(join(root, 'many', `${n}`), 'x');
  let looked = 0;
  const slices: number[] = [];
  const isKnown = () => {
    looked += 1;
    return true;
  };
  for await (const found of store.strays(Date.now(), isKnown)) {
    expect(found).toEqual([]);
    slices.push(looked);
  }
  expect(slices).toEqual([100, 200, 250]);
});

test('files that come and go in one folder at once do not disturb each other', async () => {
  const rounds = Array.from({ length: 40 }, async (_, index) => {
    await store.put(Buffer.from('x'), `attachments/1/${index}`);
    if (index % 4 !== 0) await store.remove(`attachments/1/${index}`);
  });
  await Promise.all(rounds);
  expect(await readdir(join(root, 'attachments/1'))).toHaveLength(10);
});

test('a store that is opened again holds what it held', async () => {
  await store.put(Buffer.from('x'), 'a');
  await openFileStore(root);
  expect(await text('a')).toBe('x');
});

describe('a file set aside', () => {
  const day = '2026-06-01';
  const all = async () => (await Array.fromAsync(store.aside.all())).flat();

  test('lies by its day and its path, takes its empty folders along, and is found by no search', async () => {
    await store.put(Buffer.from('x'), 'attachments/1/2/a');
    expect(await store.aside.take('attachments/1/2/a', day)).toBe(true);
    expect(await readdir(root)).toEqual(expect.not.arrayContaining(['attachments']));
    expect(await text(`set-aside/${day}/attachments/1/2/a`)).toBe('x');
    expect(await all()).toEqual([{ day, path: 'attachments/1/2/a' }]);
    expect(await straysOf(Date.now() + 1000)).toEqual([]);
    expect((await Array.fromAsync(store.all())).flat()).toEqual([]);
    expect(await store.isEmpty()).toBe(false);
  });

  test('comes back to its place, but replaces none', async () => {
    await store.put(Buffer.from('old'), 'a/b');
    await store.aside.take('a/b', day);
    await store.put(Buffer.from('new'), 'a/b');
    expect(await store.aside.putBack({ day, path: 'a/b' })).toBe(false);
    expect(await text('a/b')).toBe('new');
    expect(await text(`set-aside/${day}/a/b`)).toBe('old');
    await rm(join(root, 'a/b'));
    expect(await store.aside.putBack({ day, path: 'a/b' })).toBe(true);
    expect(await text('a/b')).toBe('old');
    expect((await readdir(root)).toSorted()).toEqual(['a', 'tmp']);
  });

  test('does not replace another one of the same path and day', async () => {
    for (const content of ['one', 'two', 'three']) {
      await store.put(Buffer.from(content), 'a');
      await store.aside.take('a', day);
    }
    expect(await store.aside.days()).toEqual([day, `${day}.2`, `${day}.3`]);
    // The newest comes first.
    const [newest] = await all();
    expect(await text(join('set-aside', newest?.day ?? '', 'a'))).toBe('three');
  });

  test('that is gone before it is moved is no failure, and leaves no folder', async () => {
    expect(await store.aside.take('gone', day)).toBe(false);
    expect(await readdir(root)).toEqual(['tmp']);
  });

  test('goes with its day, or when its path is removed', async () => {
    for (const path of ['a/1', 'a/2', 'b']) {
      await store.put(Buffer.from('x'), path);
      await store.aside.take(path, path === 'b' ? '2026-06-02' : day);
    }
    await mkdir(join(root, 'set-aside/notes of the operator'));
    expect(await store.aside.days()).toEqual([day, '2026-06-02']);
    expect(await store.remove('a/1')).toBe(true);
    expect(await store.remove('a/1')).toBe(false);
    expect(await store.aside.removeDay(day)).toBe(1);
    expect(await all()).toEqual([{ day: '2026-06-02', path: 'b' }]);
  });

  // Another disk, where there is one: a folder in memory.
  const other = '/dev/shm';
  test.skipIf(!existsSync(other))('may lie on another disk, whole or not at all', async () => {
    const elsewhere = await mkdtemp(join(other, 'file-store-'));
    try {
      await symlink(elsewhere, join(root, 'set-aside'));
      await store.put(Buffer.from('x'), 'a/b');
      const then = new Date('2026-01-01');
      await utimes(join(root, 'a/b'), then, then);
      expect(await store.aside.take('a/b', day)).toBe(true);
      expect(await readdir(join(elsewhere, day, 'a'))).toEqual(['b']);
      expect(await readdir(root)).toEqual(expect.not.arrayContaining(['a']));
      // What a crash in the middle of the copy leaves is not taken for the file.
      await Bun.write(join(elsewhere, day, 'a/.0.part'), '');
      expect(await store.aside.putBack({ day, path: 'a/b' })).toBe(true);
      expect(await text('a/b')).toBe('x');
      expect((await stat(join(root, 'a/b'))).mtime).toEqual(then);
      expect(await store.aside.removeDay(day)).toBe(1);
      expect(await readdir(elsewhere)).toEqual([]);
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });
});

test('the note is written whole, replaces the one before it, and is no file of the store', async () => {
  expect(await store.readNote()).toBeNull();
  expect(await store.isEmpty()).toBe(true);
  await store.writeNote('one');
  await store.writeNote('two');
  expect(await store.readNote()).toBe('two');
  expect(await readdir(store.temporaryFolder)).toEqual([]);
  expect(await store.isEmpty()).toBe(true);
  expect(await straysOf(Date.now() + 1000)).toEqual([]);
  await rm(store.note);
  await mkdir(store.note);
  expect(await refusal(store.readNote())).toContain('EISDIR');
  expect(await refusal(store.writeNote('three'))).not.toBe('accepted');
  expect(await readdir(store.temporaryFolder)).toEqual([]);
});

test('symbolic links are no files of the store, and lead no search elsewhere', async () => {
  await Bun.write(join(root, 'a/b'), 'x');
  await symlink(join(root, 'a'), join(root, 'c'));
  await symlink(join(root, 'a/b'), join(root, 'd'));
  expect(await straysOf(Date.now() + 1000)).toEqual(['a/b']);
});
