// Which bots belong to an account, which account a bot belongs to, and whether that one is an instance admin.
import { eq, sql } from 'drizzle-orm';
import { prepared, type Db } from '../db/open.ts';
import { applications, users } from '../db/schema/people.ts';

const ofOwner = prepared((orm) =>
  orm
    .select({ id: applications.bot_user_id })
    .from(applications)
    .where(eq(applications.owner_id, sql.placeholder('owner_id')))
    .prepare(),
);
const ownerOf = prepared((orm) =>
  orm
    .select({ owner_id: applications.owner_id })
    .from(applications)
    .where(eq(applications.bot_user_id, sql.placeholder('id')))
    .prepare(),
);

const adminFlag = prepared((orm) =>
  orm
    .select({ is_admin: users.is_admin })
    .from(users)
    .where(eq(users.id, sql.placeholder('id')))
    .prepare(),
);

/** Returns the ids of an account's bots. */
export function botsOf(db: Db, owner_id: string): string[] {
  return ofOwner(db)
    .all({ owner_id })
    .map(({ id }) => id);
}

/** Returns the id of the account that owns a bot; null for people, and for bots without an owner. */
export function botOwner(db: Db, id: string): string | null {
  return ownerOf(db).get({ id })?.owner_id ?? null;
}

/** Tells whether the account administers the whole server; an unknown one does not. */
export function isInstanceAdmin(db: Db, id: string): boolean {
  return adminFlag(db).get({ id })?.is_admin ?? false;
}
