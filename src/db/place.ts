// Where a database lies: its one real path, whether it can be served there, and who else may read it.
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
  type Stats,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { reasonOf } from '../lib/reason.ts';

/** The database cannot be used; the message is one line for the operator. */
export class DatabaseError extends Error {}

/** What lies beside the file while it is served. */
const companions = ['-wal', '-shm', '-journal', '-lock', '-checkpoint'];

/** More links than that lead in a circle. */
const max_links = 40;

/**
 * Returns the path of the file behind all links, also if it does not exist yet. SQLite follows
 * links in the same way, and keeps its other files beside that one.
 */
export function realPath(path: string): string {
  if (path === ':memory:') return path;
  let file = resolve(path);
  for (let links = 0; links < max_links; links += 1) {
    try {
      file = join(realpathSync(dirname(file)), basename(file));
      file = resolve(dirname(file), readlinkSync(file));
    } catch {
      return file; // not a link, or nothing there
    }
  }
  return file;
}

/**
 * Throws a DatabaseError, one line that says what is wrong, unless the file of that real path can
 * be read and written, or made. Changes nothing. `path` is how the operator calls it.
 */
export function checkPlace(file: string, path: string): void {
  const refuse = (why: string): never => {
    throw new DatabaseError(`The database "${path}" cannot be used: ${why}.`);
  };
  const folder = dirname(file);
  const around = statOf(folder);
  if (around === null) refuse(`the folder "${folder}" does not exist`);
  else if (!around.isDirectory()) refuse(`"${folder}" is no folder`);
  const stats = statOf(file);
  if (stats?.isDirectory()) refuse('it is a folder');
  if (stats !== null && !stats.isFile()) refuse('it is not a file');
  if (stats !== null && stats.nlink > 1) {
    refuse(
      `the file has ${stats.nlink} names (hard links), and a server under another name would destroy it; remove the others, or copy it`,
    );
  }
  for (const suffix of ['', ...companions]) {
    if (existsSync(`${file}${suffix}`) && !isAllowed(`${file}${suffix}`, 'file')) {
      refuse(`"${file}${suffix}" may not be read and written by this user`);
    }
  }
  if (!isAllowed(folder, 'folder')) {
    refuse(`the folder "${folder}" may not be written, and SQLite keeps files beside the database`);
  }
  if (stats !== null && isMount(file)) {
    refuse('the file is a mount of its own, without those beside it; mount its folder instead');
  }
}

/** Takes the file and what lies beside it away from everybody but its owner and its group. */
export function keepPrivate(file: string): void {
  for (const suffix of ['', ...companions]) {
    const stats = statOf(`${file}${suffix}`);
    if (stats === null || (stats.mode & 0o007) === 0) continue;
    try {
      chmodSync(`${file}${suffix}`, stats.mode & 0o7770);
    } catch {
      // Somebody else's, or a file system without modes: it works all the same.
    }
  }
}

/** The newest copy beside the file that a version which knows schema `newest` can open, or null. */
export function copyBeside(path: string, newest: number): string | null {
  const folder = dirname(path);
  const start = `${basename(path)}.before-`;
  const [best] = readdirSync(folder)
    .filter((name) => name.startsWith(start) && /^\d+(\.\d+)?$/.test(name.slice(start.length)))
    .map((name) => ({ name, order: name.slice(start.length).split('.').map(Number) }))
    .filter(({ order: [version = 0] }) => version <= newest)
    .toSorted(
      (a, b) => (b.order[0] ?? 0) - (a.order[0] ?? 0) || (b.order[1] ?? 1) - (a.order[1] ?? 1),
    );
  return best === undefined ? null : path.slice(0, path.length - basename(path).length) + best.name;
}

/** What is at the path, or null. Links in a circle and names that are too long are refused. */
function statOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    const reason = reasonOf(error);
    throw new DatabaseError(`The database "${path}" cannot be used: ${reason}.`);
  }
}

function isAllowed(path: string, kind: 'file' | 'folder'): boolean {
  const { R_OK, W_OK, X_OK } = constants;
  try {
    accessSync(path, kind === 'file' ? R_OK | W_OK : W_OK | X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether Linux has mounted something at this very path; false where that cannot be known. */
function isMount(file: string): boolean {
  try {
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    const written = file.replace(/[ \t\n\\]/g, (c) => `\\0${c.charCodeAt(0).toString(8)}`);
    return mounts.some((line) => line.split(' ')[4] === written);
  } catch {
    return false;
  }
}
