// Copies a database file before it is migrated, so that there is a way back.
import type { Database } from 'bun:sqlite';
import { chmodSync, existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { reasonOf } from '../lib/reason.ts';
import { syncFile, syncFolder } from '../lib/sync.ts';

export interface Copy {
  /** Renames it to `FILE.before-VERSION`, with a number if that exists; returns the name. */
  keep(): string;
  drop(): void;
}

/** Copies the file; throws and leaves nothing if it cannot. Named `.part` until it is kept. */
export function copyOf(sqlite: Database, path: string, version: number): Copy {
  const name = `${path}.before-${version}`;
  let copy = `${name}.part`;
  const drop = () => rmSync(copy, { force: true });
  try {
    // VACUUM INTO fills an empty file: this one has the database's mode and nothing from a crash.
    writeFileSync(copy, '', { mode: 0o600 });
    chmodSync(copy, statSync(path).mode & 0o777);
    sqlite.run('VACUUM INTO ?', [copy]);
    // VACUUM INTO does not.
    syncFile(copy);
  } catch (error) {
    drop();
    const why = reasonOf(error);
    throw new Error(`it stays as it is, since no copy can be made before its migration (${why})`, {
      cause: error,
    });
  }
  return {
    drop,
    keep() {
      const finished = firstFree(name);
      renameSync(copy, finished);
      copy = finished;
      // The new name, too, has to survive a power cut.
      syncFolder(dirname(finished));
      return finished;
    },
  };
}

function firstFree(name: string): string {
  let free = name;
  for (let n = 2; existsSync(free); n += 1) free = `${name}.${n}`;
  return free;
}
