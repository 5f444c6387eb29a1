// The folder that uploaded files live in: files come in whole and synced, or not at all.
import { randomUUID } from 'node:crypto';
import { mkdir, open, opendir, rename, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';

const temporaryName = 'tmp';

/** Files that are looked at before others get a turn: about a millisecond. */
const slice = 100;

/** How far the times of files may be behind the clock; Linux has them from its last tick. */
const lag_ms = 1_000;

/** Paths are relative to the root, with `/`; one that leaves the root is an error of ours. */
export type FileStore = {
  /** Where to write a file that `adopt` shall take; on the same disk, so that a rename suffices. */
  readonly temporaryFolder: string;
  /** The absolute path of a file to serve; undefined for what is outside or still temporary. */
  locate(path: string): string | undefined;
  /** Moves a file of the temporary folder to its place; on disk when the promise resolves. */
  adopt(temporaryFile: string, path: string): Promise<void>;
  /** Writes bytes to their place as one whole; on disk when the promise resolves. */
  put(bytes: Uint8Array, path: string): Promise<void>;
  /** Removes a file, if it is there, and the folders that are empty without it. */
  remove(path: string): Promise<void>;
  /**
   * Looks at all files and yields, a slice of them at a time, the paths of those that nobody knows
   * and that came to their place before a time (epoch, ms). Nobody is asked about temporary ones:
   * those that were there before the store was opened belong to nobody.
   */
  strays(before_ms: number, isKnown: (path: string) => boolean): AsyncGenerator<string[]>;
};

/** Makes the folder if need be. */
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
    // Its age counts from here: it may have waited for hours for the rest of a slow upload.
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
      // A removal next door may have taken the folder for empty and away.
      if (codeOf(error) !== 'ENOENT' || attempt === 3) throw error;
    }
  }
  // A new name is on disk when its folder is, and a folder when the one above it is. All of them,
  // since another file may have made one a moment ago; where nothing changed it costs nothing.
  await syncFolder(root);
  for (let above = folder; above !== root; above = dirname(above)) await syncFolder(above);
}

async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders; there the file system's journal has to do.
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

/** False when there is something in it, or when somebody else was faster. */
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
    // What a request of this run is writing is never a stray, however slowly it comes.
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

/** For what was there a moment ago: a file or folder may go while others are being looked at. */
function ignoreMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
