// SQL of roles: rows in, rows out.
import { eq, sql } from 'drizzle-orm';
import { prepared, rowBy, type Db, type Tx } from '../../db/open.ts';
import { roles } from '../../db/schema/spaces.ts';
import { clearings } from '../../db/schema/work.ts';
import { live_roles } from '../../db/views.ts';

export type RoleRow = typeof live_roles.$inferSelect;
export type NewRoleRow = typeof roles.$inferInsert;

/** The position of a deleted role that some members have still. */
const gone = -1;

const ofSpace = prepared((orm) =>
  orm
    .select()
    .from(live_roles)
    .where(eq(live_roles.space_id, sql.placeholder('space_id')))
    .orderBy(live_roles.position, live_roles.id)
    .prepare(),
);
const byId = rowBy(live_roles, live_roles.id);

/** The roles of a space, @everyone first. */
export function rolesOf(db: Db, space_id: string): RoleRow[] {
  return ofSpace(db).all({ space_id });
}

export function findRole(db: Db, space_id: string, id: string): RoleRow | undefined {
  const role = byId(db, id);
  return role?.space_id === space_id ? role : undefined;
}

export function insertRole(tx: Tx, row: NewRoleRow): void {
  tx.orm.insert(roles).values(row).run();
}

export function updateRole(tx: Tx, id: string, change: Partial<NewRoleRow>): void {
  if (Object.keys(change).length === 0) return;
  tx.orm.update(roles).set(change).where(eq(roles.id, id)).run();
}

/** Hides the role at once and notes that its assignments are to be cleared. */
export function hideRole(tx: Tx, id: string): void {
  tx.orm.update(roles).set({ position: gone }).where(eq(roles.id, id)).run();
  tx.orm.insert(clearings).values({ kind: 'role', target_id: id }).run();
}

const sliceAssignments = 500;

/** Takes a role from some of its members, and removes it when nobody has it any more; whether it did. */
export function clearRole(tx: Tx, id: string): boolean {
  const { changes } = tx.sqlite
    .query(
      `DELETE FROM member_roles WHERE role_id = ?1 AND (space_id, user_id) IN
         (SELECT space_id, user_id FROM member_roles WHERE role_id = ?1 LIMIT ?2)`,
    )
    .run(id, sliceAssignments);
  if (changes === sliceAssignments) return false;
  tx.orm.delete(roles).where(eq(roles.id, id)).run();
  return true;
}
