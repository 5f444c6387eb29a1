// The copy of a database file that is made before it is migrated, so that there is a way back.
import type { Database } from 'bun:sqlite';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';

export interface Copy {
  /** Gives it its name, `FILE.before-VERSION`; one of that name which is there already stays. */
  keep(): void;
  drop(): void;
}

/** Copies the file, or throws and leaves nothing. Until it is kept, the copy is named as unfinished. */
export function copyOf(sqlite: Database, path: string, version: number): Copy {
  const name = `${path}.before-${version}`;
  let copy = `${name}.part`;
  const drop = () => rmSync(copy, { force: true });
  try {
    // An empty file is filled. One that a crash left is emptied, and nobody else may read what it gets.
    writeFileSync(copy, '', { mode: statSync(path).mode });
    sqlite.run('VACUUM INTO ?', [copy]);
    sync(copy);
  } catch (error) {
    drop();
    const why = error instanceof Error ? error.message : String(error);
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
    },
  };
}

/** SQLite leaves it to the system when a copy reaches the disk. */
function sync(file: string): void {
  const descriptor = openSync(file, 'r+');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function firstFree(name: string): string {
  let free = name;
  for (let n = 2; existsSync(free); n += 1) free = `${name}.${n}`;
  return free;
}
