// What is restored: the folder of a backup, or one file that is a database.
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { openToRead, type Look } from '../db/look.ts';
import { codeOf } from '../lib/file-tree.ts';
import { names, readManifest, type Manifest } from './manifest.ts';
import { Failure } from './watch.ts';

export interface Source {
  /** The database, and the folder of files if there is one. */
  readonly database: string;
  readonly files: string | null;
  readonly manifest: Manifest | null;
}

/** Finds out what there is to restore. Throws a Failure if it is neither. */
export async function sourceOf(from: string): Promise<Source> {
  const stats = await stat(from).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') throw new Failure(`there is no "${from}"`);
    throw error;
  });
  if (stats.isDirectory()) {
    const manifest = await readManifest(from);
    return { database: join(from, names.database), files: join(from, names.files), manifest };
  }
  if (basename(from) === names.manifest) {
    throw new Failure(`"${from}" is part of a backup; name its folder`);
  }
  return { database: from, files: null, manifest: null };
}

/** Returns the id of the database; null in schemas that have none. */
export function uuidIn({ db }: Look): string | null {
  const table = db.sqlite
    .rows({ n: 'number' }, "SELECT 1 AS n FROM sqlite_schema WHERE name = 'this_database'")
    .get();
  if (table === null) return null;
  return (
    db.sqlite.rows({ uuid: 'text' }, 'SELECT uuid FROM this_database WHERE id = 1').get()?.uuid ??
    null
  );
}

/** Returns the id of the database at the path; null if it has none, or cannot be read. */
export async function uuidAt(path: string): Promise<string | null> {
  try {
    const look = await openToRead(path, path, true);
    try {
      return uuidIn(look);
    } finally {
      look.close();
    }
  } catch {
    return null;
  }
}
