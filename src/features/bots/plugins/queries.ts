// SQL for plugins: rows in, rows out.
import { and, eq, gt, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../../db/open.ts';
import { plugins } from '../../../db/schema/files.ts';

export type PluginRow = typeof plugins.$inferSelect;
export type NewPluginRow = typeof plugins.$inferInsert;

/** Plugins of a space after the given one, by id. */
export function pluginsOf(
  db: Db,
  space_id: string,
  which: { type: string | null; after: string; limit: number },
): PluginRow[] {
  const { type, after, limit } = which;
  return db.orm
    .select()
    .from(plugins)
    .where(
      and(
        eq(plugins.space_id, space_id),
        gt(plugins.id, after),
        type === null ? undefined : sql`${plugins.type} = ${type}`,
      ),
    )
    .orderBy(plugins.id)
    .limit(limit)
    .all();
}

export function insertPlugin(tx: Tx, row: NewPluginRow): void {
  tx.orm.insert(plugins).values(row).run();
}
