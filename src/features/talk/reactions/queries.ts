// SQL for reactions: rows in, rows out.
import { and, desc, eq, gt, lt } from 'drizzle-orm';
import type { Db, Tx } from '../../../db/open.ts';
import { emoji_roles, emojis } from '../../../db/schema/files.ts';
import { users } from '../../../db/schema/people.ts';
import { shown_reactions } from '../../../db/views.ts';
import { emojiNamed } from '../../spaces/emojis/queries.ts';
import { nameWithoutId, spellingAmong } from './emoji.ts';
import type { ReactorsQuery } from './schema.ts';

export interface OneReaction {
  message_id: string;
  emoji: string;
  user_id: string;
}

/** Adds a reaction; false if it is shown already. Replaces a hidden one, which would be cleared. */
export function insertReaction(tx: Tx, { message_id, emoji, user_id }: OneReaction): boolean {
  const { changes } = tx.sqlite
    .query(
      `INSERT OR REPLACE INTO reactions (message_id, emoji, user_id)
       SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM shown_reactions
         WHERE message_id = ?1 AND emoji = ?2 AND user_id = ?3)`,
    )
    .run(message_id, emoji, user_id);
  return changes > 0;
}

/** Removes a reaction; returns false if it was not there. */
export function deleteReaction(tx: Tx, { message_id, emoji, user_id }: OneReaction): boolean {
  const { changes } = tx.sqlite
    .query(
      `DELETE FROM reactions WHERE n = (SELECT n FROM shown_reactions
         WHERE message_id = ? AND emoji = ? AND user_id = ?)`,
    )
    .run(message_id, emoji, user_id);
  return changes > 0;
}

/** The different emojis on a message. */
export function emojisOn(db: Db, message_id: string): string[] {
  // Jumps from one emoji to the next in the index, past all who used the first.
  return db.sqlite
    .rows(
      { emoji: 'text' },
      `WITH RECURSIVE each(emoji) AS (
         SELECT min(emoji) FROM shown_reactions WHERE message_id = ?1
         UNION ALL
         SELECT (SELECT min(r.emoji) FROM shown_reactions r
                  WHERE r.message_id = ?1 AND r.emoji > each.emoji)
           FROM each WHERE each.emoji IS NOT NULL)
       SELECT emoji FROM each WHERE emoji IS NOT NULL`,
    )
    .all(message_id)
    .map(({ emoji }) => emoji);
}

/**
 * A page of the people who reacted with an emoji, by user id, between `after` and `before`: the
 * first of them, or the last if only `before` is given. `more` says whether others follow in that
 * direction.
 */
export function reactorPage(
  db: Db,
  { message_id, emoji }: Omit<OneReaction, 'user_id'>,
  { after, before, limit }: ReactorsQuery,
) {
  const isBackwards = after === undefined && before !== undefined;
  const rows = db.orm
    .select({ user_id: shown_reactions.user_id, user: users })
    .from(shown_reactions)
    .innerJoin(users, eq(users.id, shown_reactions.user_id))
    .where(
      and(
        eq(shown_reactions.message_id, message_id),
        eq(shown_reactions.emoji, emoji),
        after === undefined ? undefined : gt(shown_reactions.user_id, after),
        before === undefined ? undefined : lt(shown_reactions.user_id, before),
      ),
    )
    .orderBy(isBackwards ? desc(shown_reactions.user_id) : shown_reactions.user_id)
    .limit(limit + 1)
    .all();
  const people = rows.slice(0, limit);
  if (isBackwards) people.reverse();
  return { people, more: rows.length > limit };
}

/**
 * Completes `name:` to `name:id` where the space has such an emoji: the Godot client leaves the id out
 * for emojis that were used of late.
 */
export function withId(db: Db, space_id: string | null, wish: string): string {
  const name = nameWithoutId(wish);
  const id = name === null || space_id === null ? null : emojiNamed(db, space_id, name);
  return id === null ? wish : `${name}:${id}`;
}

/** The spelling of an emoji on a message as it stands there, or with an id; null if it is not there. */
export function spellingOn(
  db: Db,
  { space_id, message_id }: { space_id: string | null; message_id: string },
  wish: string,
): string | null {
  const there = emojisOn(db, message_id);
  return spellingAmong(there, wish) ?? spellingAmong(there, withId(db, space_id, wish));
}

/** The space of an emoji, its name and the roles that may use it (none: everyone); null if unknown. */
export function findCustomEmoji(
  db: Db,
  id: string,
): { space_id: string; name: string; role_ids: string[] } | null {
  const row = db.orm
    .select({ space_id: emojis.space_id, name: emojis.name })
    .from(emojis)
    .where(eq(emojis.id, id))
    .get();
  if (row === undefined) return null;
  const roles = db.orm
    .select({ role_id: emoji_roles.role_id })
    .from(emoji_roles)
    .where(eq(emoji_roles.emoji_id, id))
    .all();
  return { ...row, role_ids: roles.map(({ role_id }) => role_id) };
}
