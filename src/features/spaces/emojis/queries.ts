// SQL of custom emojis.
import { and, asc, count, eq, inArray, sql } from 'drizzle-orm';
import { rowBy, type Db, type Tx } from '../../../db/open.ts';
import { emoji_roles, emojis } from '../../../db/schema/files.ts';

export type EmojiRow = typeof emojis.$inferSelect;

/** An emoji with the roles that may use it; an empty list means everyone. */
export interface FullEmoji {
  emoji: EmojiRow;
  role_ids: string[];
}

/** Finds an emoji of any space. */
export const findEmojiRow = rowBy(emojis, emojis.id);

/** Returns the emoji of this space with its roles; undefined if there is none. */
export function findEmoji(db: Db, space_id: string, id: string): FullEmoji | undefined {
  const row = findEmojiRow(db, id);
  return row?.space_id === space_id ? withRoles(db, [row])[0] : undefined;
}

/** Returns the emojis of a space after an id ("" for the first page), oldest first. */
export function emojisOf(db: Db, space_id: string, after: string, limit: number): FullEmoji[] {
  const rows = db.orm
    .select()
    .from(emojis)
    .where(
      and(
        eq(emojis.space_id, space_id),
        sql`(length(${emojis.id}), ${emojis.id}) > (length(${after}), ${after})`,
      ),
    )
    .orderBy(sql`length(${emojis.id})`, asc(emojis.id))
    .limit(limit)
    .all();
  return withRoles(db, rows);
}

/** Returns the emojis with this role in their list. */
export function emojisOfRole(db: Db, role_id: string): EmojiRow[] {
  return db.orm
    .select({ emoji: emojis })
    .from(emoji_roles)
    .innerJoin(emojis, eq(emojis.id, emoji_roles.emoji_id))
    .where(eq(emoji_roles.role_id, role_id))
    .all()
    .map(({ emoji }) => emoji);
}

function withRoles(db: Db, rows: readonly EmojiRow[]): FullEmoji[] {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const roles = db.orm
    .select()
    .from(emoji_roles)
    .where(inArray(emoji_roles.emoji_id, ids))
    .orderBy(emoji_roles.role_id)
    .all();
  const byEmoji = Map.groupBy(roles, ({ emoji_id }) => emoji_id);
  return rows.map((emoji) => ({
    emoji,
    role_ids: (byEmoji.get(emoji.id) ?? []).map(({ role_id }) => role_id),
  }));
}

export function countEmojis(db: Db, space_id: string): number {
  const row = db.orm
    .select({ count: count() })
    .from(emojis)
    .where(eq(emojis.space_id, space_id))
    .get();
  return row?.count ?? 0;
}

/** The id of the emoji of a space that has the name; null if none. */
export function emojiNamed(db: Db, space_id: string, name: string): string | null {
  const row = db.orm
    .select({ id: emojis.id })
    .from(emojis)
    .where(and(eq(emojis.space_id, space_id), eq(emojis.name, name)))
    .get();
  return row?.id ?? null;
}

/** Tells whether an emoji of the space other than `own` has the name. */
export function isNameTaken(db: Db, space_id: string, name: string, own: string | null): boolean {
  const id = emojiNamed(db, space_id, name);
  return id !== null && id !== own;
}

export function insertEmoji(tx: Tx, row: EmojiRow): void {
  tx.orm.insert(emojis).values(row).run();
}

export function renameEmoji(tx: Tx, id: string, name: string): void {
  tx.orm.update(emojis).set({ name }).where(eq(emojis.id, id)).run();
}

export function setEmojiRoles(tx: Tx, emoji_id: string, role_ids: readonly string[]): void {
  tx.orm.delete(emoji_roles).where(eq(emoji_roles.emoji_id, emoji_id)).run();
  for (const role_id of role_ids) tx.orm.insert(emoji_roles).values({ emoji_id, role_id }).run();
}

/** Clears the creator of an account's emojis in a space; returns their ids. */
export function forgetCreator(tx: Tx, space_id: string, creator_id: string): string[] {
  return tx.orm
    .update(emojis)
    .set({ creator_id: null })
    .where(and(eq(emojis.space_id, space_id), eq(emojis.creator_id, creator_id)))
    .returning({ id: emojis.id })
    .all()
    .map(({ id }) => id);
}

/** Removes a role from the lists of all emojis. */
export function forgetRole(tx: Tx, role_id: string): void {
  tx.orm.delete(emoji_roles).where(eq(emoji_roles.role_id, role_id)).run();
}

/** Deletes the emoji; its list of roles is deleted with it. */
export function deleteEmojiRow(tx: Tx, id: string): void {
  tx.orm.delete(emojis).where(eq(emojis.id, id)).run();
}
