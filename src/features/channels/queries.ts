// SQL of channels, overwrites and visibility classes: rows in, rows out.
import { and, eq, sql } from 'drizzle-orm';
import { classSignature } from '../../access/evaluate.ts';
import { prepared, type Db, type Tx } from '../../db/open.ts';
import { channels, clearings, overwrites, visibility_classes } from '../../db/schema.ts';
import { live_channels } from '../../db/views.ts';

export type ChannelRow = typeof live_channels.$inferSelect;
export type NewChannelRow = typeof channels.$inferInsert;
export type OverwriteRow = typeof overwrites.$inferSelect;

const byId = prepared((orm) =>
  orm
    .select()
    .from(live_channels)
    .where(eq(live_channels.id, sql.placeholder('id')))
    .prepare(),
);
const ofSpace = prepared((orm) =>
  orm
    .select()
    .from(live_channels)
    .where(eq(live_channels.space_id, sql.placeholder('space_id')))
    .orderBy(live_channels.position, live_channels.id)
    .prepare(),
);
const overwritesOfChannel = prepared((orm) =>
  orm
    .select()
    .from(overwrites)
    .where(eq(overwrites.channel_id, sql.placeholder('channel_id')))
    .orderBy(overwrites.id)
    .prepare(),
);
const overwritesOfSpace = prepared((orm) =>
  orm
    .select({ overwrite: overwrites })
    .from(overwrites)
    .innerJoin(live_channels, eq(live_channels.id, overwrites.channel_id))
    .where(eq(live_channels.space_id, sql.placeholder('space_id')))
    .orderBy(overwrites.id)
    .prepare(),
);
const ofOverwrite = prepared((orm) =>
  orm
    .select({ id: live_channels.id })
    .from(overwrites)
    .innerJoin(live_channels, eq(live_channels.id, overwrites.channel_id))
    .where(
      and(
        eq(overwrites.id, sql.placeholder('overwrite_id')),
        eq(live_channels.space_id, sql.placeholder('space_id')),
      ),
    )
    .prepare(),
);

export function findChannel(db: Db, id: string): ChannelRow | undefined {
  return byId(db).get({ id });
}

/** The channels of a space by position. */
export function channelsOf(db: Db, space_id: string): ChannelRow[] {
  return ofSpace(db).all({ space_id });
}

export function overwritesOf(db: Db, channel_id: string): OverwriteRow[] {
  return overwritesOfChannel(db).all({ channel_id });
}

/** All overwrites of a space by channel. */
export function overwritesIn(db: Db, space_id: string): Map<string, OverwriteRow[]> {
  const rows = overwritesOfSpace(db).all({ space_id });
  return Map.groupBy(
    rows.map(({ overwrite }) => overwrite),
    ({ channel_id }) => channel_id,
  );
}

/** The channels of a space that have an overwrite for that role or member; their ids. */
export function channelsWithOverwrite(db: Db, space_id: string, overwrite_id: string): string[] {
  return ofOverwrite(db)
    .all({ space_id, overwrite_id })
    .map(({ id }) => id);
}

export function insertChannel(tx: Tx, row: NewChannelRow): void {
  tx.orm.insert(channels).values(row).run();
}

export function updateChannel(tx: Tx, id: string, change: Partial<NewChannelRow>): void {
  if (Object.keys(change).length === 0) return;
  tx.orm.update(channels).set(change).where(eq(channels.id, id)).run();
}

/** Hides the channel at once and notes that its rows are to be cleared; children lose their parent. */
export function hideChannel(tx: Tx, id: string, now: number): void {
  tx.orm.update(channels).set({ deleted_at: now }).where(eq(channels.id, id)).run();
  tx.orm.delete(overwrites).where(eq(overwrites.channel_id, id)).run();
  tx.orm.insert(clearings).values({ kind: 'channel', target_id: id }).run();
}

export function putOverwrite(tx: Tx, row: OverwriteRow): void {
  const { type, allow, deny } = row;
  tx.orm
    .insert(overwrites)
    .values(row)
    .onConflictDoUpdate({
      target: [overwrites.channel_id, overwrites.id],
      set: { type, allow, deny },
    })
    .run();
}

/** Whether there was one. */
export function removeOverwrite(tx: Tx, channel_id: string, id: string): boolean {
  const gone = tx.orm
    .delete(overwrites)
    .where(and(eq(overwrites.channel_id, channel_id), eq(overwrites.id, id)))
    .returning({ id: overwrites.id })
    .all();
  return gone.length > 0;
}

interface ClassUse {
  id: number;
  space_id: string;
  /** Whether a channel has it, or the event log names it. */
  used: number;
}

/** Visibility classes by id, those above `after`, and whether anything needs them still. */
export function classesInUse(db: Db, after: number, limit: number): ClassUse[] {
  return db.sqlite
    .query<ClassUse, [number, number]>(
      `SELECT c.id, c.space_id,
              EXISTS (SELECT 1 FROM channels WHERE class_id = c.id)
           OR EXISTS (SELECT 1 FROM event_scopes WHERE scope = 'c:' || c.id)
           OR EXISTS (SELECT 1 FROM event_scopes
                       WHERE scope > 'v:' || c.id || ':' AND scope < 'v:' || c.id || ';') AS used
         FROM visibility_classes c WHERE c.id > ? ORDER BY c.id LIMIT ?`,
    )
    .all(after, limit);
}

export function deleteClass(tx: Tx, id: number): void {
  tx.orm.delete(visibility_classes).where(eq(visibility_classes.id, id)).run();
}

/** The visibility class of channels with these rules, made when the space has none yet. */
export function classFor(
  tx: Tx,
  space_id: string,
  rules: readonly OverwriteRow[],
  allow_anonymous_read: boolean,
): number {
  const signature = classSignature(rules, allow_anonymous_read);
  const known = tx.orm
    .select({ id: visibility_classes.id })
    .from(visibility_classes)
    .where(
      and(eq(visibility_classes.space_id, space_id), eq(visibility_classes.signature, signature)),
    )
    .get();
  if (known !== undefined) return known.id;
  return tx.orm
    .insert(visibility_classes)
    .values({ space_id, signature })
    .returning({ id: visibility_classes.id })
    .get().id;
}
