// The lists of accounts and spaces: found, counted and shown in slices.
import type { App } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import type { RequestFacts } from '../../../http/endpoint.ts';
import { findUsers, type UserRow } from '../../people/users/queries.ts';
import { publicUser } from '../../people/users/view.ts';
import { findSpace, type SpaceRow } from '../../spaces/spaces/queries.ts';
import { spaceView } from '../../spaces/spaces/view.ts';
import { find, slicesOf, type InTurn } from './finding.ts';
import { accountsAfter, countSomeMembers, spaceCounts, spacesAfter } from './queries.ts';
import type { FindQuery, ListedSpace, ListedUser } from './schema.ts';

interface Listed<T> {
  readonly items: T[];
  readonly cursor: { after: string; has_more: true } | null;
}

const cursorOf = (next: string | null) =>
  next === null ? null : { after: next, has_more: true as const };

/** Accounts whose spaces are counted in one slice: each may be in 500. */
const accountSlice = 20;

function listedUser(row: UserRow, space_count: number): ListedUser {
  const { is_admin, disabled } = row;
  return { ...publicUser(row), is_admin, disabled, space_count };
}

/** Returns how an account stands in the list, and in how many spaces it is. */
export function listedUsers(db: Db, ids: readonly string[]): ListedUser[] {
  const counts = spaceCounts(db, ids);
  const rows = new Map(findUsers(db, ids).map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = rows.get(id);
    return row === undefined ? [] : [listedUser(row, counts.get(id) ?? 0)];
  });
}

/** Resolves to a page of accounts by id, without deleted ones. */
export async function listAccounts(
  app: App,
  request: RequestFacts,
  query: FindQuery,
): Promise<Listed<ListedUser>> {
  const inTurn = slicesOf(app, request);
  const { ids, next } = await find(app.db, inTurn, query, accountsAfter);
  const items: ListedUser[] = [];
  for (let from = 0; from < ids.length; from += accountSlice) {
    const some = ids.slice(from, from + accountSlice);
    items.push(...(await inTurn(() => listedUsers(app.db, some))));
  }
  return { items, cursor: cursorOf(next) };
}

const memberSlice = 10_000;
/** Members that one request counts: then the page ends, and the next one goes on. */
const maxCounted = 2_000_000;

async function memberCount(db: Db, inTurn: InTurn, space_id: string): Promise<number> {
  let total = 0;
  for (let after: string | null = ''; after !== null;) {
    const from: string = after;
    const { count, last } = await inTurn(() => countSomeMembers(db, space_id, from, memberSlice));
    total += count;
    after = last;
  }
  return total;
}

/** Resolves to a page of spaces by id, with the number of their members. */
export async function listSpaces(
  app: App,
  request: RequestFacts,
  query: FindQuery,
): Promise<Listed<ListedSpace>> {
  const { db } = app;
  const inTurn = slicesOf(app, request);
  const { ids, next } = await find(db, inTurn, query, spacesAfter);
  const items: ListedSpace[] = [];
  let counted = 0;
  for (const [index, id] of ids.entries()) {
    const member_count = await memberCount(db, inTurn, id);
    const row: SpaceRow | undefined = findSpace(db, id);
    if (row !== undefined) items.push({ ...spaceView(db, row), member_count });
    counted += member_count;
    if (counted >= maxCounted && index < ids.length - 1) return { items, cursor: cursorOf(id) };
  }
  return { items, cursor: cursorOf(next) };
}
