// SQL of what the operator asks.
import { eq } from 'drizzle-orm';
import type { Db } from '../../../db/open.ts';
import { users } from '../../../db/schema/people.ts';
import type { UserRow } from '../../people/users/queries.ts';

const max = 1_000;

/** Returns the accounts that administer the server, the oldest first. */
export function admins(db: Db): UserRow[] {
  return db.orm
    .select()
    .from(users)
    .where(eq(users.is_admin, true))
    .orderBy(users.id)
    .limit(max)
    .all();
}

/** Returns the size of the database in bytes, what waits in its log included. */
export function databaseSize({ sqlite }: Db): number {
  const { page_count } = sqlite.rows({ page_count: 'number' }, 'PRAGMA page_count').get() ?? {
    page_count: 0,
  };
  const { page_size } = sqlite.rows({ page_size: 'number' }, 'PRAGMA page_size').get() ?? {
    page_size: 0,
  };
  return page_count * page_size;
}
