// The folder of uploaded files: a file gets its place complete and synced, or not at all.
import { randomUUID } from 'node:crypto';
import { mkdir, open, opendir, rename, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';

const temporaryName = 'tmp';

/** Files that are checked before other work runs: about a millisecond. */
const slice = 100;

/** How far the times of files may be behind the clock: Linux uses the time of its last tick. */
const lag_ms = 1_000;

/** Paths are relative to the root, with `/`; a path outside the root is a bug of the caller. */
export type FileStore = {
  /** The folder for files that `adopt` will move; on the same disk, so that a rename is enough. */
  readonly temporaryFolder: string;
  /** Returns the absolute path of a file to serve; undefined if it is outside or temporary. */
  locate(path: string): string | undefined;
  /** Moves a file of the temporary folder to `path`; synced when the promise resolves. */
  adopt(temporaryFile: string, path: string): Promise<void>;
  /** Writes bytes to `path` atomically; synced when the promise resolves. */
  put(bytes: Uint8Array, path: string): Promise<void>;
  /** Removes a file, if it exists, and folders that are then empty. */
  remove(path: string): Promise<void>;
  /**
   * Checks all files and yields, a slice at a time, the paths of unknown files that got their place
   * before `before_ms` (Unix milliseconds). Temporary files count as unknown without `isKnown`, but
   * only those from before the store was opened.
   */
  strays(before_ms: number, isKnown: (path: string) => boolean): AsyncGenerator<string[]>;
};

/** Opens the file store; makes the folder if it is missing. */
export async function openFileStore(folder: string): Promise<FileStore> {
  const root = resolve(folder);
  const temporaryFolder = join(root, temporaryName);
  await mkdir(temporaryFolder, { recursive: true });
  const opened_ms = Date.now() - lag_ms;

  function locate(path: string): string | undefined {
    const temporary = path.split('/')[0]?.toLowerCase() === temporaryName;
    return temporary || !staysInside(path) ? undefined : join(root, path);
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
  }

  async function put(bytes: Uint8Array, path: string): Promise<void> {
    const temporaryFile = join(temporaryFolder, randomUUID());
    try {
      await writeFile(temporaryFile, bytes, { flag: 'wx', mode: 0o600 });
      await adopt(temporaryFile, path);
    } catch (error) {
      await rm(temporaryFile, { force: true });
      throw error;
    }
  }

  async function remove(path: string): Promise<void> {
    if (!staysInside(path)) throw new Error(`not a path in the file store: ${path}`);
    const place = join(root, path);
    await rm(place, { force: true });
    for (let parent = dirname(place); parent !== root; parent = dirname(parent)) {
      if (parent === temporaryFolder || !(await removeIfEmpty(parent))) return;
    }
  }

  return {
    temporaryFolder,
    locate,
    adopt,
    put,
    remove,
    strays: (before_ms, isKnown) => straysBelow(root, { opened_ms, before_ms, isKnown }),
  };
}

function staysInside(path: string): boolean {
  if (path.includes('\0') || path.includes('\\')) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

async function moveTo(file: string, place: string, root: string): Promise<void> {
  const folder = dirname(place);
  for (let attempt = 1; ; attempt += 1) {
    await mkdir(folder, { recursive: true });
    try {
      await rename(file, place);
      break;
    } catch (error) {
      // `remove` of another file may have just removed the folder as empty.
      if (codeOf(error) !== 'ENOENT' || attempt === 3) throw error;
    }
  }
  // A new name is on disk once its folder is synced, and a folder once its parent is. All of them,
  // since another file may have just made one; syncing an unchanged folder costs nothing.
  await syncFolder(root);
  for (let above = folder; above !== root; above = dirname(above)) await syncFolder(above);
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders; there we rely on the file system's journal.
  if (process.platform !== 'win32') await sync(folder, 'r');
}

async function sync(path: string, flags = 'r+'): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Returns false if the folder is not empty or already gone. */
async function removeIfEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EPERM'].includes(codeOf(error))) return false;
    throw error;
  }
}

type Search = {
  opened_ms: number;
  before_ms: number;
  isKnown(path: string): boolean;
};

async function* straysBelow(root: string, search: Search): AsyncGenerator<string[]> {
  const { opened_ms, before_ms, isKnown } = search;
  let found: string[] = [];
  let count = 0;
  for await (const file of filesBelow(root)) {
    const path = relative(root, file).replaceAll(sep, '/');
    const isTemporary = path.startsWith(`${temporaryName}/`);
    // A file that a request of this run is writing is never a stray, however slow the upload is.
    const limit_ms = isTemporary ? Math.min(before_ms, opened_ms) : before_ms;
    if ((isTemporary || !isKnown(path)) && (await isOlder(file, limit_ms))) found.push(path);
    count += 1;
    if (count % slice > 0) continue;
    yield found;
    found = [];
  }
  yield found;
}

async function isOlder(file: string, limit_ms: number): Promise<boolean> {
  const stats = await stat(file).catch(ignoreMissing);
  return stats !== undefined && stats.mtimeMs < limit_ms;
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  const entries = await opendir(folder).catch(ignoreMissing);
  if (entries === undefined) return;
  for await (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

/** Ignores a missing file or folder: it may be removed during the search. */
function ignoreMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
