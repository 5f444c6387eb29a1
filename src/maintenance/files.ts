// Files against rows, read-only: which files are there, and which of those that rows name are not.
import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Look } from '../db/look.ts';
import { features } from '../features.ts';
import { isNamed, kindOf, kindsOf, namedPaths } from '../features/base/files/kinds.ts';
import { reserved } from '../lib/file-store.ts';
import { eachFile } from '../lib/file-tree.ts';

const kinds = kindsOf(features);

/** Yields the paths of all files of ours in their places, a slice at a time. */
export function filesIn(storage_path: string): AsyncGenerator<string[]> {
  const path = (file: string) => {
    const found = relative(storage_path, file).replaceAll(sep, '/');
    return kindOf(kinds, found) === undefined ? undefined : found;
  };
  const skipped = reserved.map((name) => join(storage_path, name));
  return eachFile(storage_path, path, skipped);
}

/** Yields the paths that rows name, a page at a time. The schema has to be the newest. */
export function pathsNamedBy({ db }: Look): Generator<string[]> {
  return namedPaths(db, kinds);
}

/** Tells whether a row names the path. The schema has to be the newest. */
export function names({ db }: Look, path: string): boolean {
  return isNamed(db, kinds, path);
}

/** Returns the paths that rows name and at which there is no file. */
export function missingIn(
  look: Look,
  storage_path: string,
): { missing: string[]; named: Set<string> } {
  const named = new Set<string>();
  for (const page of pathsNamedBy(look)) for (const path of page) named.add(path);
  const missing = [...named].filter((path) => !existsSync(join(storage_path, path)));
  return { missing, named };
}
