// Erases what one account left in a space: its messages, its reactions; a slice in each turn.
import { spaceAccess } from '../../access/load.ts';
import type { Turn } from '../../app.ts';
import type { Db, Tx } from '../../db/open.ts';
import { clearings } from '../../db/schema.ts';
import { eraseMessages, mostIds, removeMessages } from './removal.ts';
import { hideAuthor, hideReactor } from './hidden.ts';
import { channelsWithLast, messagesOfAuthor } from './page-queries.ts';
import { newestMessage, setLastMessage } from './queries.ts';
import { newestReaction } from './reacted.ts';
import { tellMessage } from './telling.ts';

interface Traces {
  user_id: string;
  space_id: string;
}

/** Hides an account's messages in a space, from one id to another, and erases them in later turns. */
export function eraseAuthor(
  tx: Tx,
  { user_id, space_id }: Traces,
  range: { from_id: string; until_id: string },
): void {
  tx.orm
    .insert(clearings)
    .values({ kind: 'author', target_id: user_id, space_id, ...range })
    .run();
  hideAuthor(tx, { user_id, space_id, ...range });
  for (const channel_id of channelsWithLast(tx, { user_id, space_id }, range)) {
    setLastMessage(tx, channel_id, newestMessage(tx, channel_id));
  }
}

/** Hides an account's reactions in a space, and takes them back in later turns. */
export function eraseReactor(tx: Tx, { user_id, space_id }: Traces): void {
  const until_n = newestReaction(tx);
  tx.orm
    .insert(clearings)
    .values({ kind: 'reactor', target_id: user_id, space_id, from_id: '0', until_id: until_n })
    .run();
  hideReactor(tx, { user_id, space_id, until_n });
}

/** Removes the newest messages of an author that are left, channel by channel; false when none were. */
export function clearAuthor(
  turn: Turn,
  { user_id, space_id }: Traces,
  range: { from_id: string; until_id: string },
): boolean {
  const rows = messagesOfAuthor(turn.tx, user_id, space_id, range, mostIds);
  const space = spaceAccess(turn.app, space_id);
  for (const [channel_id, ofChannel] of Map.groupBy(rows, (row) => row.channel_id)) {
    const channel = space?.channels.get(channel_id);
    // Of a channel that is gone nobody is told any more.
    if (channel !== undefined) removeMessages(turn, channel, ofChannel);
    else
      eraseMessages(
        turn.tx,
        ofChannel.map(({ id }) => id),
      );
  }
  return rows.length > 0;
}

/** Numbers of reactions: above the one, up to the other. */
interface Numbers {
  after: string;
  until: string;
}

interface OwnReaction {
  n: number;
  message_id: string;
  channel_id: string;
  space_id: string | null;
}

const sliceReactions = 100;

function reactionsOfUser(db: Db, user_id: string, { after, until }: Numbers): OwnReaction[] {
  return db.sqlite
    .query<OwnReaction, [string, string, string, number]>(
      `SELECT r.n, r.message_id, m.channel_id, m.space_id
         FROM reactions r JOIN messages m ON m.n = cast(r.message_id AS integer)
        WHERE r.user_id = ? AND r.n > cast(? AS integer) AND r.n <= cast(? AS integer)
        ORDER BY r.n LIMIT ?`,
    )
    .all(user_id, after, until, sliceReactions);
}

/** Takes the next reactions back and tells how the messages look; where to go on, null at the end. */
export function clearReactor(turn: Turn, traces: Traces, numbers: Numbers): string | null {
  const { tx, app } = turn;
  const rows = reactionsOfUser(tx, traces.user_id, numbers);
  const space = spaceAccess(app, traces.space_id);
  const here = rows.filter(({ space_id }) => space_id === traces.space_id);
  const remove = tx.sqlite.query('DELETE FROM reactions WHERE n = ?');
  for (const { n } of here) remove.run(n);
  const touched = new Map(here.map(({ message_id, channel_id }) => [message_id, channel_id]));
  for (const [message_id, channel_id] of touched) {
    const channel = space?.channels.get(channel_id);
    if (channel !== undefined) tellMessage(turn, channel, message_id);
  }
  const last = rows.at(-1);
  return rows.length < sliceReactions || last === undefined ? null : String(last.n);
}
