// SQL of reactions: rows in, rows out.
import { and, desc, eq, gt, lt, sql } from 'drizzle-orm';
import { prepared, type Db, type Tx } from '../../db/open.ts';
import { emoji_roles, emojis, reactions, users } from '../../db/schema.ts';
import { dropHiddenReaction, reactionShown } from '../messages/hidden.ts';
import { forgetKept } from '../messages/kept.ts';
import type { ReactorsQuery } from './schema.ts';

const insert = prepared((orm) =>
  orm
    .insert(reactions)
    .values({
      message_id: sql.placeholder('message_id'),
      emoji: sql.placeholder('emoji'),
      user_id: sql.placeholder('user_id'),
    })
    .onConflictDoNothing()
    .returning({ n: reactions.n })
    .prepare(),
);
const remove = prepared((orm) =>
  orm
    .delete(reactions)
    .where(
      and(
        eq(reactions.message_id, sql.placeholder('message_id')),
        eq(reactions.emoji, sql.placeholder('emoji')),
        eq(reactions.user_id, sql.placeholder('user_id')),
      ),
    )
    .returning({ n: reactions.n })
    .prepare(),
);

export interface OneReaction {
  message_id: string;
  emoji: string;
  user_id: string;
}

/** Whether it was not there before. */
export function insertReaction(tx: Tx, one: OneReaction): boolean {
  forgetKept(tx, [one.message_id]);
  dropHiddenReaction(tx, one);
  return insert(tx).all({ ...one }).length > 0;
}

/** Whether it was there. */
export function deleteReaction(tx: Tx, one: OneReaction): boolean {
  dropHiddenReaction(tx, one);
  return remove(tx).all({ ...one }).length > 0;
}

/** The different emojis on a message. */
export function emojisOn(db: Db, message_id: string): string[] {
  // Goes from one emoji to the next in the index, past all who used the first.
  return db.sqlite
    .query<{ emoji: string }, [string]>(
      `WITH RECURSIVE each(emoji) AS (
         SELECT min(emoji) FROM reactions WHERE message_id = ?1
         UNION ALL
         SELECT (SELECT min(r.emoji) FROM reactions r
                  WHERE r.message_id = ?1 AND r.emoji > each.emoji)
           FROM each WHERE each.emoji IS NOT NULL)
       SELECT emoji FROM each WHERE emoji IS NOT NULL
          AND EXISTS (SELECT 1 FROM reactions r WHERE r.message_id = ?1 AND r.emoji = each.emoji
                         AND ${reactionShown(db, 'r')})`,
    )
    .all(message_id)
    .map(({ emoji }) => emoji);
}

/**
 * Who reacted with an emoji, by user id, after one id and before another: the first of them, or the
 * last where only `before` is given; and whether there are more in that direction.
 */
export function reactorPage(
  db: Db,
  { message_id, emoji }: Omit<OneReaction, 'user_id'>,
  { after, before, limit }: ReactorsQuery,
) {
  const isBackwards = after === undefined && before !== undefined;
  const rows = db.orm
    .select({ user_id: reactions.user_id, user: users })
    .from(reactions)
    .innerJoin(users, eq(users.id, reactions.user_id))
    .where(
      and(
        eq(reactions.message_id, message_id),
        eq(reactions.emoji, emoji),
        after === undefined ? undefined : gt(reactions.user_id, after),
        before === undefined ? undefined : lt(reactions.user_id, before),
        sql.raw(reactionShown(db)),
      ),
    )
    .orderBy(isBackwards ? desc(reactions.user_id) : reactions.user_id)
    .limit(limit + 1)
    .all();
  const people = rows.slice(0, limit);
  if (isBackwards) people.reverse();
  return { people, more: rows.length > limit };
}

/** The space that an emoji belongs to, and the roles that may use it (none: everyone may). */
export function findCustomEmoji(
  db: Db,
  id: string,
): { space_id: string; role_ids: string[] } | null {
  const row = db.orm
    .select({ space_id: emojis.space_id })
    .from(emojis)
    .where(eq(emojis.id, id))
    .get();
  if (row === undefined) return null;
  const roles = db.orm
    .select({ role_id: emoji_roles.role_id })
    .from(emoji_roles)
    .where(eq(emoji_roles.emoji_id, id))
    .all();
  return { space_id: row.space_id, role_ids: roles.map(({ role_id }) => role_id) };
}
