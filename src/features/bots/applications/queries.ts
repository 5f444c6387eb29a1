// SQL for applications: rows in, rows out.
import { and, desc, eq } from 'drizzle-orm';
import { rowBy, type Db, type Tx } from '../../../db/open.ts';
import { applications } from '../../../db/schema/people.ts';
import { members } from '../../../db/schema/spaces.ts';
import { live_spaces } from '../../../db/views.ts';

export type ApplicationRow = typeof applications.$inferSelect;

export const findApplication = rowBy(applications, applications.id);

/** By the account that the program acts as. */
export const applicationOfBot = rowBy(applications, applications.bot_user_id);

/** The applications of an account, newest first. */
export function applicationsOf(db: Db, owner_id: string, limit: number): ApplicationRow[] {
  return db.orm
    .select()
    .from(applications)
    .where(eq(applications.owner_id, owner_id))
    .orderBy(desc(applications.created_at), desc(applications.id))
    .limit(limit)
    .all();
}

export function insertApplication(tx: Tx, row: ApplicationRow): void {
  tx.orm.insert(applications).values(row).run();
}

export function updateApplication(tx: Tx, id: string, change: Partial<ApplicationRow>): void {
  if (Object.keys(change).length === 0) return;
  tx.orm.update(applications).set(change).where(eq(applications.id, id)).run();
}

export function deleteApplication(tx: Tx, id: string): void {
  tx.orm.delete(applications).where(eq(applications.id, id)).run();
}

export function ownsSpace(db: Db, user_id: string): boolean {
  const row = db.orm
    .select({ id: live_spaces.id })
    .from(members)
    .innerJoin(live_spaces, eq(live_spaces.id, members.space_id))
    .where(and(eq(members.user_id, user_id), eq(live_spaces.owner_id, user_id)))
    .limit(1)
    .get();
  return row !== undefined;
}

export function isMember(db: Db, user_id: string): boolean {
  return db.sqlite.query('SELECT 1 FROM members WHERE user_id = ? LIMIT 1').get(user_id) !== null;
}

export function hasReacted(db: Db, user_id: string): boolean {
  const row = db.sqlite
    .query('SELECT 1 FROM shown_reactions WHERE user_id = ? LIMIT 1')
    .get(user_id);
  return row !== null;
}

/** Returns a slice of the accounts of deleted bots, by username, behind `after`. */
export function deletedBots(db: Db, beginning: string, after: string, limit: number) {
  return db.sqlite
    .rows(
      { id: 'text', username: 'text' },
      `SELECT id, username FROM users WHERE username > ?1 AND username < ?2 || '~'
          AND bot = 1 AND disabled = 1 ORDER BY username LIMIT ?3`,
    )
    .all(after, beginning, limit);
}
