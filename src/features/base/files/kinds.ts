// Which files rows name, both ways: from a file to its row, and from all rows to their files.
import type { Db } from '../../../db/open.ts';
import type { FileStore } from '../../../lib/file-store.ts';
import type { Feature, FileKind } from '../../feature.ts';

/** Returns the kinds of files of these features. */
export function kindsOf(features: readonly Feature[]): FileKind[] {
  return features.flatMap(({ files = [] }) => files);
}

/** Returns the kind of a file with this path of the store; undefined if it is none of ours. */
export function kindOf(kinds: readonly FileKind[], path: string): FileKind | undefined {
  return kinds.find((kind) => kind.path.test(path));
}

/** Tells whether a row names the file with this path; false for a path of no kind. */
export function isNamed(db: Db, kinds: readonly FileKind[], path: string): boolean {
  return kinds.some(({ path: pattern, row }) => {
    const match = pattern.exec(path);
    return match !== null && db.sqlite.query(row).get(...match.slice(1)) !== null;
  });
}

const page = 500;

/**
 * Yields the paths of all files that rows name, a page at a time, whether or not they exist. Files
 * of a deleted space are left out: they go before its row does.
 */
export function* namedPaths(db: Db, kinds: readonly FileKind[]): Generator<string[]> {
  for (const { named } of kinds) {
    const query = db.sqlite.rows({ key: 'number', path: 'text' }, named);
    for (let last = 0; ;) {
      const rows = query.all(last, page);
      if (rows.length === 0) break;
      yield rows.map(({ path }) => path);
      last = rows.at(-1)?.key ?? last;
    }
  }
}

/** A file in its place, with its kind, and whether a row names it. */
export interface FoundFile {
  readonly path: string;
  /** Null for a file that no feature has put there. */
  readonly kind: FileKind | null;
  readonly isNamed: boolean;
}

/** Yields all files in their places, a slice at a time; not temporary ones nor those set aside. */
export async function* foundFiles(
  db: Db,
  files: FileStore,
  kinds: readonly FileKind[],
): AsyncGenerator<FoundFile[]> {
  for await (const paths of files.all()) {
    yield paths.map((path) => {
      const kind = kindOf(kinds, path) ?? null;
      return { path, kind, isNamed: kind !== null && isNamed(db, kinds, path) };
    });
  }
}
