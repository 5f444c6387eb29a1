// The folder of uploaded files: a file gets its place complete and synced, or not at all.
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import {
  changedAt,
  eachFile,
  ignoreMissing,
  moveTo,
  removeEmptyAbove,
  sync,
  syncAbove,
} from './file-tree.ts';
import { openSetAside, type SetAside } from './set-aside.ts';

const temporaryName = 'tmp';
/** The name of the folder of files that were set aside. */
export const asideName = 'set-aside';
/** The name of the note in the folder that says whose files they are. */
export const noteName = 'belongs-to.txt';
/** What a store keeps beside the uploaded files: names in its folder. */
export const reserved: readonly string[] = [temporaryName, asideName, noteName];

/** How far the times of files may be behind the clock: Linux uses the time of its last tick. */
const lag_ms = 1_000;

/** A file, and when it got its place or was last written, in Unix milliseconds. */
export interface StoredFile {
  readonly path: string;
  readonly changed_ms: number;
}

/** Paths are relative to the root, with `/`; a path outside the root is a bug of the caller. */
export type FileStore = {
  /** The folder for files that `adopt` will move; on the same disk, so that a rename is enough. */
  readonly temporaryFolder: string;
  /** The note on whose folder this is, for people who look for it: an absolute path. */
  readonly note: string;
  /** Files out of the way: `locate` does not find them. */
  readonly aside: SetAside;
  /** Returns the absolute path of a file to serve; undefined if it is none of the uploaded ones. */
  locate(path: string): string | undefined;
  /** Moves a file of the temporary folder to `path`; synced when the promise resolves. */
  adopt(temporaryFile: string, path: string): Promise<void>;
  /** Writes bytes to `path` atomically; synced when the promise resolves. */
  put(bytes: Uint8Array, path: string): Promise<void>;
  /**
   * Removes a file, also where it was set aside, and folders that are then empty. Returns whether
   * there was one.
   */
  remove(path: string): Promise<boolean>;
  /** Yields the paths of all files in their places, a slice at a time. */
  all(): AsyncGenerator<string[]>;
  /** Tells whether nothing at all is in the folder, but for the note and temporary files. */
  isEmpty(): Promise<boolean>;
  /**
   * Checks all files and yields, a slice at a time, the unknown files that got their place before
   * `before_ms` (Unix milliseconds). Temporary files count as unknown without `isKnown`, but only
   * those from before the store was opened.
   */
  strays(before_ms: number, isKnown: (path: string) => boolean): AsyncGenerator<StoredFile[]>;
  /** Returns the text of the note; null if there is none. Throws if it cannot be read. */
  readNote(): Promise<string | null>;
  /** Writes the note atomically; synced when the promise resolves. */
  writeNote(text: string): Promise<void>;
};

/** Opens the file store; makes the folder if it is missing. */
export async function openFileStore(folder: string): Promise<FileStore> {
  const root = resolve(folder);
  const temporaryFolder = join(root, temporaryName);
  const note = join(root, noteName);
  const aside = openSetAside(root, join(root, asideName));
  await mkdir(temporaryFolder, { recursive: true });
  const opened_ms = Date.now() - lag_ms;
  const own = [join(root, asideName), note];

  function locate(path: string): string | undefined {
    const isReserved = reserved.includes(path.split('/')[0]?.toLowerCase() ?? '');
    return isReserved || !staysInside(path) ? undefined : join(root, path);
  }

  function placeFor(path: string): string {
    const place = locate(path);
    if (place === undefined) throw new Error(`not a path in the file store: ${path}`);
    return place;
  }

  async function adopt(temporaryFile: string, path: string): Promise<void> {
    const place = placeFor(path);
    if (dirname(resolve(temporaryFile)) !== temporaryFolder) {
      throw new Error(`not a temporary file of the file store: ${temporaryFile}`);
    }
    // Its age counts from now: it may have waited hours for the rest of a slow upload.
    const now = new Date();
    await utimes(temporaryFile, now, now);
    await sync(temporaryFile);
    await moveTo(temporaryFile, place, root);
    await syncAbove(place, root);
  }

  const write = (bytes: Uint8Array | string, move: (file: string) => Promise<void>) =>
    writeAndMove(join(temporaryFolder, randomUUID()), bytes, move);

  async function remove(path: string): Promise<boolean> {
    if (!staysInside(path)) throw new Error(`not a path in the file store: ${path}`);
    const place = join(root, path);
    const isTemporary = path.startsWith(`${temporaryName}/`);
    const wasThere = await unlink(place).then(() => true, ignoreMissing);
    await removeEmptyAbove(place, isTemporary ? temporaryFolder : root);
    const wasAside = !isTemporary && (await aside.remove(path));
    return wasThere === true || wasAside;
  }

  return {
    temporaryFolder,
    note,
    aside,
    locate,
    adopt,
    put: (bytes, path) => write(bytes, (file) => adopt(file, path)),
    remove,
    all: () => eachFile(root, (file) => pathIn(root, file), [...own, temporaryFolder]),
    isEmpty: async () =>
      (await readdir(root)).every((name) => name === temporaryName || name === noteName),
    strays: (before_ms, isKnown) => straysBelow(root, own, { before_ms, opened_ms, isKnown }),
    readNote: async () => (await readFile(note, 'utf8').catch(ignoreMissing)) ?? null,
    writeNote: (text) =>
      write(text, async (file) => {
        await sync(file);
        await moveTo(file, note, root);
        await syncAbove(note, root);
      }),
  };
}

/** Writes a file and lets `move` take it to its place; removes it if that fails. */
async function writeAndMove(
  file: string,
  bytes: Uint8Array | string,
  move: (file: string) => Promise<void>,
): Promise<void> {
  try {
    await writeFile(file, bytes, { flag: 'wx', mode: 0o600 });
    await move(file);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

interface Search {
  readonly before_ms: number;
  readonly opened_ms: number;
  isKnown(path: string): boolean;
}

function straysBelow(root: string, skipped: readonly string[], search: Search) {
  const { before_ms, opened_ms, isKnown } = search;
  const look = async (file: string): Promise<StoredFile | undefined> => {
    const path = pathIn(root, file);
    const isTemporary = path.startsWith(`${temporaryName}/`);
    if (!isTemporary && isKnown(path)) return undefined;
    // A file that a request of this run is writing is never a stray, however slow the upload is.
    const limit_ms = isTemporary ? Math.min(before_ms, opened_ms) : before_ms;
    const changed_ms = await changedAt(file);
    return changed_ms !== undefined && changed_ms < limit_ms ? { path, changed_ms } : undefined;
  };
  return eachFile(root, look, skipped);
}

function pathIn(root: string, file: string): string {
  return relative(root, file).replaceAll(sep, '/');
}

function staysInside(path: string): boolean {
  if (path.includes('\0') || path.includes('\\')) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
