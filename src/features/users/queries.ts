// SQL of accounts: rows in, rows out.
import { and, eq, inArray, sql } from 'drizzle-orm';
import { prepared, type Db, type Tx } from '../../db/open.ts';
import { users } from '../../db/schema.ts';

export type UserRow = typeof users.$inferSelect;
export type NewUserRow = typeof users.$inferInsert;

const byId = prepared((orm) =>
  orm
    .select()
    .from(users)
    .where(eq(users.id, sql.placeholder('id')))
    .prepare(),
);
const byUsername = prepared((orm) =>
  orm
    .select()
    .from(users)
    .where(eq(users.username, sql.placeholder('username')))
    .prepare(),
);

export function findUser(db: Db, id: string): UserRow | undefined {
  return byId(db).get({ id });
}

export function findUserByName(db: Db, username: string): UserRow | undefined {
  return byUsername(db).get({ username });
}

/** The accounts of those ids; unknown ones are left out. At most 1,000 at once. */
export function findUsers(db: Db, ids: readonly string[]): UserRow[] {
  if (ids.length === 0) return [];
  return db.orm
    .select()
    .from(users)
    .where(inArray(users.id, [...ids]))
    .all();
}

export function insertUser(tx: Tx, row: NewUserRow): void {
  tx.orm.insert(users).values(row).run();
}

export function updateUser(tx: Tx, id: string, change: Partial<NewUserRow>): void {
  if (Object.keys(change).length === 0) return;
  tx.orm.update(users).set(change).where(eq(users.id, id)).run();
}

/** The account that speaks for the server itself. */
export function findSystemUser(db: Db): UserRow | undefined {
  return db.orm
    .select()
    .from(users)
    .where(and(eq(users.system, true), eq(users.username, 'System')))
    .get();
}
