// Folders of files: walking them in slices, and moving a file so that it survives a power cut.
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import {
  copyFile,
  lstat,
  mkdir,
  open,
  opendir,
  rename,
  rm,
  rmdir,
  stat,
  utimes,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Files that are checked before other work runs: about a millisecond. */
const slice = 100;

/**
 * Looks at each file below the folder, as an absolute path, and yields what `look` returned for
 * them, a slice at a time. Does not enter `skipped` folders and does not follow symbolic links.
 */
export async function* eachFile<T>(
  folder: string,
  look: (file: string) => T | undefined | Promise<T | undefined>,
  skipped: readonly string[] = [],
): AsyncGenerator<T[]> {
  let found: T[] = [];
  let count = 0;
  for await (const file of filesBelow(folder, skipped)) {
    const one = await look(file);
    if (one !== undefined) found.push(one);
    count += 1;
    if (count % slice > 0) continue;
    yield found;
    found = [];
  }
  yield found;
}

async function* filesBelow(folder: string, skipped: readonly string[]): AsyncGenerator<string> {
  const entries = await opendir(folder).catch((error: unknown) => {
    // Such as `lost+found` of a disk: nothing of ours is where we may not look.
    if (codeOf(error) !== 'EACCES') ignoreMissing(error);
  });
  if (!entries) return;
  for await (const entry of entries) {
    const path = join(folder, entry.name);
    if (skipped.includes(path)) continue;
    if (entry.isDirectory()) yield* filesBelow(path, skipped);
    else if (entry.isFile()) yield path;
  }
}

/** Returns when the file was last changed, in Unix milliseconds; undefined if it is missing. */
export async function changedAt(file: string): Promise<number | undefined> {
  return (await stat(file).catch(ignoreMissing))?.mtimeMs;
}

/** Tells whether there is anything at the path, be it a broken symbolic link. */
export async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(ignoreMissing)) !== undefined;
}

/**
 * Moves a file to `place` below `root`, with the folders that it needs. It replaces what is there.
 * After a power cut the file is whole in one of both places; `syncAbove` makes sure that it is in
 * the new one. Throws the error of the file system.
 */
export async function moveTo(file: string, place: string, root: string): Promise<void> {
  const folder = dirname(place);
  for (let attempt = 1; ; attempt += 1) {
    await mkdir(folder, { recursive: true });
    try {
      await rename(file, place);
      break;
    } catch (error) {
      if (codeOf(error) === 'EXDEV') {
        await copyTo(file, place, root);
        break;
      }
      // The removal of another file may have just removed the folder as empty.
      if (codeOf(error) !== 'ENOENT' || attempt === 3) throw error;
    }
  }
}

/** Resolves when the folders from `root` down to that of `place`, and the name in it, are on disk. */
export async function syncAbove(place: string, root: string): Promise<void> {
  // A new name is on disk once its folder is synced, and a folder once its parent is. All of them,
  // since another file may have just made one; syncing an unchanged folder costs nothing.
  await syncFolder(root);
  for (let above = dirname(place); above !== root; above = dirname(above)) await syncFolder(above);
}

/** Moves a file to another disk. */
async function copyTo(file: string, place: string, root: string): Promise<void> {
  const part = join(dirname(place), `.${randomUUID()}.part`);
  try {
    const { atime, mtime } = await stat(file);
    await copyFile(file, part, constants.COPYFILE_EXCL);
    await utimes(part, atime, mtime);
    await sync(part);
    await rename(part, place);
    await syncAbove(place, root);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  await rm(file, { force: true });
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders; there we rely on the file system's journal.
  if (process.platform !== 'win32') await sync(folder, 'r');
}

/** Resolves when the file is on disk. */
export async function sync(path: string, flags = 'r+'): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes the folder of `place` and those above it, below `top`, as far as they are empty. */
export async function removeEmptyAbove(place: string, top: string): Promise<void> {
  for (let folder = dirname(place); folder !== top; folder = dirname(folder)) {
    if (!(await removeIfEmpty(folder))) return;
  }
}

/** Returns false if the folder is not empty, already gone, or a symbolic link to one. */
async function removeIfEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EPERM', 'ENOTDIR'].includes(codeOf(error))) return false;
    throw error;
  }
}

/** Ignores a missing file or folder: it may be removed during a search. */
export function ignoreMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}

/** Returns the code of a file system's error, such as `ENOENT`; empty for other errors. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
