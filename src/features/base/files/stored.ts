// Keeps how much the attachments of each account and of each space take, as they come and go.
import type { Tx } from '../../../db/open.ts';

/** A file with who has uploaded it and the space that it is in: null for files from before, and in conversations. */
export interface StoredFile {
  readonly author_id: string | null;
  readonly space_id: string | null;
  /** Bytes. */
  readonly size: number;
}

const add = `INSERT INTO storage_sums (kind, id, bytes, files) VALUES (?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes, files = files + excluded.files`;

function count(tx: Tx, files: readonly StoredFile[], sign: 1 | -1): void {
  const owners = [
    ['account', Map.groupBy(files, ({ author_id }) => author_id)],
    ['space', Map.groupBy(files, ({ space_id }) => space_id)],
  ] as const;
  for (const [kind, groups] of owners) {
    for (const [id, group] of groups) {
      if (id === null) continue;
      const bytes = group.reduce((sum, { size }) => sum + size, 0);
      tx.sqlite.query(add).run(kind, id, sign * bytes, sign * group.length);
    }
  }
}

/** Adds files to the sums of their owners, in the turn that stores their rows. */
export function countStored(tx: Tx, files: readonly StoredFile[]): void {
  count(tx, files, 1);
}

/** Takes files off the sums of their owners; a sum of no files goes. */
export function countRemoved(tx: Tx, files: readonly StoredFile[]): void {
  if (files.length === 0) return;
  count(tx, files, -1);
  const drop = tx.sqlite.query('DELETE FROM storage_sums WHERE kind = ? AND id = ? AND files <= 0');
  for (const id of new Set(files.map(({ author_id }) => author_id))) drop.run('account', id);
  for (const id of new Set(files.map(({ space_id }) => space_id))) drop.run('space', id);
}
