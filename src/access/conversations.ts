// Loads conversations for the evaluator: who takes part, and whether two people can talk to each other.
import { eq, sql } from 'drizzle-orm';
import { prepared, type Db } from '../db/open.ts';
import { live_channels } from '../db/views.ts';
import type { ConversationAccess } from './evaluate.ts';

const homeOfChannel = prepared((orm) =>
  orm
    .select({
      space_id: live_channels.space_id,
      type: live_channels.type,
      owner_id: live_channels.owner_id,
    })
    .from(live_channels)
    .where(eq(live_channels.id, sql.placeholder('id')))
    .prepare(),
);

/** Returns the ids of the people of a conversation, who came first in front. */
export function peopleOf(db: Db, channel_id: string): string[] {
  return db.sqlite
    .rows(
      { user_id: 'text' },
      `SELECT user_id FROM conversation_people
        WHERE channel_id = ? AND left_at IS NULL ORDER BY joined_at, user_id`,
    )
    .all(channel_id)
    .map(({ user_id }) => user_id);
}

/** Tells whether one of two accounts has blocked the other. */
export function isBlockBetween(db: Db, one: string, other: string): boolean {
  const row = db.sqlite
    .rows(
      { blocks: 'number' },
      `SELECT count(*) AS blocks FROM relationships
        WHERE type = 2 AND (user_id, target_id) IN (VALUES (?1, ?2), (?2, ?1))`,
    )
    .get(one, other);
  return (row?.blocks ?? 0) > 0;
}

/** Tells whether one of two accounts is deleted. */
function isEitherGone(db: Db, one: string, other: string): boolean {
  const gone = 'SELECT 1 FROM users WHERE id IN (?, ?) AND +deleted_at IS NOT NULL LIMIT 1';
  return db.sqlite.query(gone).get(one, other) !== null;
}

/** Reads a conversation from the database, by the row of its channel. */
export function loadConversation(
  db: Db,
  { id, type, owner_id }: Pick<ConversationAccess, 'id' | 'type' | 'owner_id'>,
): ConversationAccess {
  const people = peopleOf(db, id);
  const [one, other] = people;
  const isOfTwo = type === 'dm' && one !== undefined && other !== undefined;
  return {
    id,
    type,
    owner_id,
    space_id: null,
    archived: false,
    rate_limit: 0,
    user_limit: null,
    people,
    blocked: isOfTwo && (isBlockBetween(db, one, other) || isEitherGone(db, one, other)),
  };
}

/** Reads the home of a channel: the id of its space, or the conversation; null if there is none. */
export function loadHome(db: Db, id: string): string | ConversationAccess | null {
  const row = homeOfChannel(db).get({ id });
  if (row === undefined || row.space_id !== null) return row?.space_id ?? null;
  const { type, owner_id } = row;
  if (type !== 'dm' && type !== 'group_dm') throw new Error(`channel ${id} stands in no space`);
  return loadConversation(db, { id, type, owner_id });
}
