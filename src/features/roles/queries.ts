// SQL of roles: rows in, rows out.
import { and, eq, sql } from 'drizzle-orm';
import { prepared, type Db, type Tx } from '../../db/open.ts';
import { roles } from '../../db/schema.ts';

export type RoleRow = typeof roles.$inferSelect;
export type NewRoleRow = typeof roles.$inferInsert;

const ofSpace = prepared((orm) =>
  orm
    .select()
    .from(roles)
    .where(eq(roles.space_id, sql.placeholder('space_id')))
    .orderBy(roles.position, roles.id)
    .prepare(),
);

/** The roles of a space, @everyone first. */
export function rolesOf(db: Db, space_id: string): RoleRow[] {
  return ofSpace(db).all({ space_id });
}

export function findRole(db: Db, space_id: string, id: string): RoleRow | undefined {
  return db.orm
    .select()
    .from(roles)
    .where(and(eq(roles.id, id), eq(roles.space_id, space_id)))
    .get();
}

export function insertRole(tx: Tx, row: NewRoleRow): void {
  tx.orm.insert(roles).values(row).run();
}

export function updateRole(tx: Tx, id: string, change: Partial<NewRoleRow>): void {
  if (Object.keys(change).length === 0) return;
  tx.orm.update(roles).set(change).where(eq(roles.id, id)).run();
}

/** Removes the role; its assignments go with it. */
export function deleteRoleRow(tx: Tx, id: string): void {
  tx.orm.delete(roles).where(eq(roles.id, id)).run();
}
