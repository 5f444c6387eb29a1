// Puts files into another folder: linked where the disk allows it, otherwise copied and synced.
import { randomUUID } from 'node:crypto';
import { chownSync, constants, existsSync, mkdirSync, rmdirSync, statSync } from 'node:fs';
import { copyFile, link, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, sync } from '../lib/file-tree.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Who should own what is made beside `path`; null if that is whoever runs this, as for all but root. */
export function ownerBeside(path: string): Owner | null {
  if (process.getuid?.() !== 0) return null;
  const { uid, gid } = statSync(path);
  return uid === 0 ? null : { uid, gid };
}

/** Gives a file or a folder to its owner. */
export function give(path: string, owner: Owner | null): void {
  if (owner !== null && existsSync(path)) chownSync(path, owner.uid, owner.gid);
}

/** Errors of a link after which a copy would fail, too. */
const hopeless = ['ENOENT', 'EEXIST', 'ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EACCES'];

/** Puts files into one folder, and can take them out again. */
export class Placing {
  readonly #root: string;
  readonly #temporary: string;
  readonly #owner: Owner | null;
  readonly #folders = new Set<string>();
  readonly #made: string[] = [];
  readonly #placed: string[] = [];

  /** Copies begin in `temporary`, a folder on the same disk as `root`, and are then renamed. */
  constructor(root: string, temporary: string, owner: Owner | null = null) {
    this.#root = root;
    this.#temporary = temporary;
    this.#owner = owner;
  }

  /**
   * Puts `from` at `path`, below the root; returns false if `from` is missing. What is there
   * already is an error.
   */
  async place(from: string, path: string): Promise<boolean> {
    const place = join(this.#root, path);
    this.makeFolder(dirname(place));
    try {
      await link(from, place);
    } catch (error) {
      if (codeOf(error) === 'ENOENT' && !existsSync(from)) return false;
      if (hopeless.includes(codeOf(error))) throw error;
      if (!(await this.#copy(from, place))) return false;
    }
    give(place, this.#owner);
    this.#placed.push(place);
    return true;
  }

  /** Makes a folder, with those above it. */
  makeFolder(folder: string): void {
    if (this.#folders.has(folder)) return;
    if (!existsSync(folder)) {
      if (folder !== dirname(folder)) this.makeFolder(dirname(folder));
      mkdirSync(folder);
      give(folder, this.#owner);
      this.#made.push(folder);
    }
    this.#folders.add(folder);
  }

  /** Returns false if the file has gone. */
  async #copy(from: string, place: string): Promise<boolean> {
    const part = join(this.#temporary, randomUUID());
    this.makeFolder(this.#temporary);
    try {
      await copyFile(from, part, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      await sync(part);
      await rename(part, place);
      return true;
    } catch (error) {
      await rm(part, { force: true });
      if (codeOf(error) === 'ENOENT' && !existsSync(from)) return false;
      throw error;
    }
  }

  /** Resolves when all names are on disk. */
  async sync(): Promise<void> {
    if (process.platform === 'win32') return;
    for (const folder of this.#folders) if (existsSync(folder)) await sync(folder, 'r');
  }

  /** Takes out all that was put there. */
  async undo(): Promise<void> {
    for (const place of this.#placed) await rm(place, { force: true });
    for (const folder of this.#made.toReversed()) {
      try {
        rmdirSync(folder);
      } catch {
        // Something else is in it by now.
      }
    }
  }
}

/** Whether both are one file, by whatever names. */
export async function areOne(a: string, b: string): Promise<boolean> {
  const [one, other] = [await stat(a), await stat(b)];
  return one.ino === other.ino && one.dev === other.dev;
}
