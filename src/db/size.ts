// How large the database is.
import type { Db } from './open.ts';

/** Returns the size of the database in bytes, as it is once its log is written into it. */
export function databaseSize({ sqlite }: Db): number {
  const pages = sqlite.rows({ page_count: 'number' }, 'PRAGMA page_count').get()?.page_count ?? 0;
  const size = sqlite.rows({ page_size: 'number' }, 'PRAGMA page_size').get()?.page_size ?? 0;
  return pages * size;
}
