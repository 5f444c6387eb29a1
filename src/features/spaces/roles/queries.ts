// SQL of roles and their assignments.
import { and, eq, sql } from 'drizzle-orm';
import { prepared, rowBy, type Db, type Tx } from '../../../db/open.ts';
import { settingEach } from '../../../db/set-each.ts';
import { member_roles, roles } from '../../../db/schema/spaces.ts';
import { live_roles } from '../../../db/views.ts';
import { clearLater } from '../../base/clearing/rows.ts';

export type RoleRow = typeof live_roles.$inferSelect;
export type NewRoleRow = typeof roles.$inferInsert;

/** The position of a deleted role that some members still have. */
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

/** Returns the roles of a space by position, @everyone first. */
export function rolesOf(db: Db, space_id: string): RoleRow[] {
  return ofSpace(db).all({ space_id });
}

export function findRole(db: Db, space_id: string, id: string): RoleRow | undefined {
  const role = byId(db, id);
  return role?.space_id === space_id ? role : undefined;
}

/**
 * Returns those of the ids that are roles of the space and may be mentioned: by everybody, or with
 * `all` by somebody who may mention everyone. @everyone is none of them.
 */
export function mentionableRoles(
  db: Db,
  space_id: string,
  ids: readonly string[],
  { all }: { all: boolean },
): string[] {
  return db.sqlite
    .rows(
      { id: 'text' },
      `SELECT r.id AS id FROM json_each(?) given
         CROSS JOIN live_roles r ON r.id = given.value AND r.space_id = ?
        WHERE r.position > 0 AND (r.mentionable OR ?)`,
    )
    .all(JSON.stringify(ids), space_id, all ? 1 : 0)
    .map(({ id }) => id);
}

export function insertRole(tx: Tx, row: NewRoleRow): void {
  tx.orm.insert(roles).values(row).run();
}

export function updateRole(tx: Tx, id: string, change: Partial<NewRoleRow>): void {
  if (Object.keys(change).length === 0) return;
  tx.orm.update(roles).set(change).where(eq(roles.id, id)).run();
}

/** Sets the positions of roles. */
export function placeRoles(tx: Tx, places: readonly { id: string; position: number }[]): void {
  const rows = places.map(({ id, position }) => ({ id, value: position }));
  tx.sqlite.query(settingEach(roles.position)).run(JSON.stringify(rows));
}

/** Hides the role at once, and queues its assignments for clearing. */
export function hideRole(tx: Tx, id: string): void {
  tx.orm.update(roles).set({ position: gone }).where(eq(roles.id, id)).run();
  clearLater(tx, 'role', id);
}

export function setRoles(
  tx: Tx,
  space_id: string,
  user_id: string,
  role_ids: readonly string[],
): void {
  tx.orm
    .delete(member_roles)
    .where(and(eq(member_roles.space_id, space_id), eq(member_roles.user_id, user_id)))
    .run();
  for (const role_id of role_ids) addRole(tx, space_id, user_id, role_id);
}

export function addRole(tx: Tx, space_id: string, user_id: string, role_id: string): void {
  tx.orm.insert(member_roles).values({ space_id, user_id, role_id }).onConflictDoNothing().run();
}

export function removeRole(tx: Tx, space_id: string, user_id: string, role_id: string): void {
  tx.orm
    .delete(member_roles)
    .where(
      and(
        eq(member_roles.space_id, space_id),
        eq(member_roles.user_id, user_id),
        eq(member_roles.role_id, role_id),
      ),
    )
    .run();
}

const sliceAssignments = 500;

/** Takes a role from at most 500 members; if no more have it, deletes it and returns true. */
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
