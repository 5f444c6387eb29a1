// Finds the accounts and spaces of a page by a part of their names, slice by slice.
import type { App } from '../../../app.ts';
import type { RequestFacts } from '../../../http/endpoint.ts';
import { lineOf } from '../../../http/incoming.ts';
import { foldName } from '../../../lib/name-text.ts';
import type { Db } from '../../../db/open.ts';
import type { Looked } from './queries.ts';
import type { FindQuery } from './schema.ts';

/** Rows that are looked at in one slice. */
const slice = 500;
/** Rows that one request looks at: then the page ends, however short it is, and the next one goes on. */
const maxLooked = 50_000;

/** Ids of a page, and where the next one begins; null if there is none. */
export interface Found {
  readonly ids: readonly string[];
  readonly next: string | null;
}

/** Runs a slice of work when it is the caller's turn. */
export type InTurn = <T>(work: () => T) => Promise<T>;

/** Returns what runs the slices of a request. */
export function slicesOf(app: App, request: RequestFacts): InTurn {
  const line = lineOf(request);
  return (work) => app.pace.run(line, work);
}

/** Resolves to the ids of the page: of rows whose names have the text in them, however it is written. */
export async function find(
  db: Db,
  inTurn: InTurn,
  { after = '', limit, search, query = '' }: FindQuery,
  rowsAfter: (db: Db, after: string, limit: number) => Looked[],
): Promise<Found> {
  const part = foldName(search ?? query);
  const ids: string[] = [];
  let from = after;
  for (let count = 0; count < maxLooked; count += slice) {
    const rows = await inTurn(() => rowsAfter(db, from, slice));
    for (const { id, name, gone } of rows) {
      if (gone === 1 || (part !== '' && !foldName(name).includes(part))) continue;
      if (ids.length === limit) return { ids, next: ids.at(-1) ?? from };
      ids.push(id);
    }
    if (rows.length < slice) return { ids, next: null };
    from = rows.at(-1)?.id ?? from;
  }
  return { ids, next: from };
}
