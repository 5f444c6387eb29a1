// The part of a file store for files that were moved out of the way, by the day when that was done.
import { opendir, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { eachFile, ignoreMissing, isThere, moveTo, removeEmptyAbove } from './file-tree.ts';

/** A file set aside: the folder of its day, and the path in the store at which it was. */
export interface AsideFile {
  readonly day: string;
  readonly path: string;
}

export interface SetAside {
  /**
   * Moves the file that has `path` in the store to the folder of the day, such as `2026-06-01`.
   * Returns false if it has gone meanwhile.
   */
  take(path: string, day: string): Promise<boolean>;
  /** Yields all files set aside, a slice at a time, the newest day first. */
  all(): AsyncGenerator<AsideFile[]>;
  /** Moves a file back; returns false, and leaves both as they are, if another one is there. */
  putBack(file: AsideFile): Promise<boolean>;
  /** Removes the files set aside that had this path in the store; tells whether there were any. */
  remove(path: string): Promise<boolean>;
  /** Returns the folders of days. The first ten characters are the day. */
  days(): Promise<string[]>;
  /** Removes a day and all that was set aside on it; returns the number of files. */
  removeDay(day: string): Promise<number>;
}

const dayFolder = /^\d{4}-\d\d-\d\d(\.\d+)?$/;

/** Opens the part of the store at `root` that lies in `folder`, which is made when it is needed. */
export function openSetAside(root: string, folder: string): SetAside {
  async function days(): Promise<string[]> {
    const entries = await opendir(folder).catch(ignoreMissing);
    const found: string[] = [];
    for await (const entry of entries ?? []) {
      if (entry.isDirectory() && dayFolder.test(entry.name)) found.push(entry.name);
    }
    return found.toSorted();
  }

  async function firstFree(path: string, day: string): Promise<string> {
    for (let n = 1; ; n += 1) {
      const place = join(folder, n === 1 ? day : `${day}.${n}`, path);
      if (!(await isThere(place))) return place;
    }
  }

  return {
    days,
    async take(path, day) {
      const file = join(root, path);
      const place = await firstFree(path, day);
      try {
        await moveTo(file, place, root);
      } catch (error) {
        await removeEmptyAbove(place, root);
        if (!(await isThere(file))) return false;
        throw error;
      }
      await removeEmptyAbove(file, root);
      return true;
    },
    async *all() {
      for (const day of (await days()).toReversed()) {
        const top = join(folder, day);
        const paths = eachFile(top, (file) => relative(top, file).replaceAll(sep, '/'));
        for await (const found of paths) yield found.map((path) => ({ day, path }));
      }
    },
    async putBack({ day, path }) {
      const [file, place] = [join(folder, day, path), join(root, path)];
      if (await isThere(place)) return false;
      await moveTo(file, place, root);
      await removeEmptyAbove(file, root);
      return true;
    },
    async remove(path) {
      let isFound = false;
      for (const day of await days()) {
        const file = join(folder, day, path);
        if (!(await isThere(file))) continue;
        await rm(file, { force: true });
        await removeEmptyAbove(file, root);
        isFound = true;
      }
      return isFound;
    },
    async removeDay(day) {
      let count = 0;
      const top = join(folder, day);
      for await (const found of eachFile(top, (file) => file)) count += found.length;
      await rm(top, { recursive: true, force: true });
      await removeEmptyAbove(top, root);
      return count;
    },
  };
}
