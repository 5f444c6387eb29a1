// The folder in which a backup is made: beside its place, and gone if the backup is not finished.
import { randomBytes } from 'node:crypto';
import { Database } from 'bun:sqlite';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { codeOf, sync } from '../lib/file-tree.ts';
import { Failure } from './watch.ts';

const pattern = /\.part-[0-9a-f]{8}$/;
const lockName = 'lock';

/** Follows links as far as there is something, and keeps the names of what is still to be made. */
export function realTarget(path: string): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch {
    const stats = lstatSync(whole, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink()) return realTarget(resolve(dirname(whole), readlinkSync(whole)));
    return whole === dirname(whole) ? whole : join(realTarget(dirname(whole)), basename(whole));
  }
}

/** Throws a Failure, unless a backup can be put at the path. */
export function refuseTarget(target: string, given: string, storage_path: string): void {
  const storage = realTarget(storage_path);
  const inside = relative(storage, target);
  if (inside === '' || (inside !== '..' && !inside.startsWith(`..${sep}`) && inside[0] !== sep)) {
    throw new Failure(`"${given}" is in the folder of uploaded files; name another folder`);
  }
  const stats = statSync(target, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isDirectory()) throw new Failure(`"${given}" is there already, and is not a folder`);
  if (readdirSync(target).length > 0) {
    throw new Failure(`"${given}" is not empty; name a folder that is not there yet`);
  }
  if (statSync(dirname(target)).dev !== stats.dev || target === dirname(target)) {
    throw new Failure(`"${given}" is a disk of its own; name a folder in it`);
  }
}

export class PartFolder implements Disposable {
  readonly path: string;
  readonly #target: string;
  readonly #made: string | undefined;
  #lock: Database | null;

  /** Makes it, with missing folders above. Removes what killed processes have left beside it. */
  constructor(target: string) {
    this.#target = target;
    this.#made = mkdirSync(dirname(target), { recursive: true });
    removeLeftovers(dirname(target));
    const tag = randomBytes(4).toString('hex');
    this.path = `${target}.part-${tag}`;
    // Locked before it has a name by which others look for leftovers.
    const fresh = `${target}.new-${tag}`;
    mkdirSync(fresh);
    this.#lock = lockOf(fresh);
    if (this.#lock === null) throw new Failure(`"${fresh}" cannot be locked`);
    renameSync(fresh, this.path);
  }

  /** Gives it its name, once all files in it are on disk; from then on it stays. */
  async keep(): Promise<void> {
    try {
      renameSync(this.path, this.#target);
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(codeOf(error))) throw error;
      throw new Failure(`"${this.#target}" was made meanwhile; name another folder`);
    }
    this.#unlock();
    rmSync(join(this.#target, lockName), { force: true });
    if (process.platform === 'win32') return;
    await sync(this.#target, 'r');
    const top = dirname(this.#made ?? this.#target);
    for (let above = dirname(this.#target); ; above = dirname(above)) {
      await sync(above, 'r');
      if (above === top || above === dirname(above)) return;
    }
  }

  #unlock(): void {
    this.#lock?.close();
    this.#lock = null;
  }

  [Symbol.dispose](): void {
    if (this.#lock === null) return;
    rmSync(this.path, { recursive: true, force: true });
    this.#unlock();
    const top = this.#made === undefined ? null : dirname(this.#made);
    for (let above = dirname(this.#target); top !== null && above !== top; above = dirname(above)) {
      try {
        rmdirSync(above);
      } catch {
        return; // somebody else keeps something there
      }
    }
  }
}

/** Locks a folder until the process ends, even by a crash; null if another process has it. */
function lockOf(folder: string): Database | null {
  let lock: Database | null = null;
  try {
    lock = new Database(join(folder, lockName), { create: true, strict: true });
    lock.run('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY');
    lock.run('BEGIN EXCLUSIVE');
    return lock;
  } catch {
    lock?.close();
    return null; // or it was just removed
  }
}

function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    // Without a lock in it, it is not ours.
    if (!pattern.test(name) || !existsSync(join(path, lockName))) continue;
    const lock = lockOf(path);
    if (lock === null) continue;
    rmSync(path, { recursive: true, force: true });
    lock.close(true);
  }
}
