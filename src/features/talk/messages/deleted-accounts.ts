// Hides everything that an account has written and reacted with, everywhere, and erases it in later turns.
import { channelOf } from '../../../access/load.ts';
import type { Turn } from '../../../app.ts';
import type { Db, Tx } from '../../../db/open.ts';
import { nobody } from '../../../events/event.ts';
import { memberForgotten } from '../../spaces/members/events.ts';
import { clearAuthor, eraseAuthor, findNewest } from './authors.ts';
import { hide, type Hidden } from './hidden.ts';
import { newestReaction, removeReactions } from './reacted.ts';
import { tellMessage } from './telling.ts';

type Account = Hidden['hidden_accounts'];

/** In so many spaces the turn of the deletion empties what others answer. */
const spacesAtOnce = 3;

/** Hides all messages and reactions of an account; whoever works off the list erases them. */
export function hideAccount(turn: Turn, user_id: string): void {
  const { tx } = turn;
  const account = { user_id, until_n: turn.id(), reactions_until_n: newestReaction(tx) };
  hide(tx, 'hidden_accounts', account);
  findNewest(tx, channelsWithLastOf(tx, user_id));
  let after: string | null = '';
  for (let count = 0; count < spacesAtOnce && after !== null; count += 1) {
    after = eraseNextSpace(turn, account, after);
  }
}

/** So many spaces, conversations and channels are looked at for a newest message of the account. */
const most = 500;

/** The first space behind `after` in which the account has written; null if there is none. */
const nextSpace = (after: string) =>
  `SELECT min(space_id) FROM messages WHERE author_id = ?1 AND space_id > ${after}`;

/** The channels whose newest message is by the account: of spaces in which it wrote, and conversations. */
function channelsWithLastOf(db: Db, user_id: string): string[] {
  const isLast = 'm.n = cast(c.last_message_id AS integer) AND m.author_id = ?1';
  const rows = db.sqlite
    .rows(
      { id: 'text' },
      `WITH RECURSIVE homes(space_id) AS (
         SELECT (${nextSpace("''")}) UNION ALL
         SELECT (${nextSpace('homes.space_id')}) FROM homes WHERE space_id IS NOT NULL LIMIT ${most})
       SELECT id FROM (
         SELECT c.id AS id FROM homes CROSS JOIN live_channels c ON c.space_id = homes.space_id
          CROSS JOIN messages m ON ${isLast} LIMIT ${most})
       UNION ALL
       SELECT c.id AS id
         FROM (SELECT channel_id FROM conversation_people WHERE user_id = ?1
                ORDER BY channel_id DESC LIMIT ${most}) p
        CROSS JOIN live_channels c ON c.id = p.channel_id
        CROSS JOIN messages m ON ${isLast}`,
    )
    .all(user_id);
  return rows.map(({ id }) => id);
}

/**
 * Begins to erase the account's messages in the next space behind `after` in which there are any; returns
 * the id of that space, or null if there was none.
 */
export function eraseNextSpace(turn: Turn, of: Account, after: string): string | null {
  const { user_id, until_n } = of;
  const space_id = spaceBehind(turn.tx, user_id, after);
  if (space_id === null) return null;
  eraseAuthor(turn, { author_id: user_id, space_id, from_n: '0', until_n });
  forgetIntroduction(turn.tx, space_id, user_id);
  turn.tell(memberForgotten, nobody, { space_id, user_id });
  return space_id;
}

function spaceBehind(db: Db, user_id: string, after: string): string | null {
  const row = db.sqlite
    .rows({ space_id: 'text?' }, `SELECT (${nextSpace('?2')}) AS space_id`)
    .get(user_id, after);
  return row?.space_id ?? null;
}

function forgetIntroduction(tx: Tx, space_id: string, user_id: string): void {
  tx.sqlite
    .query('DELETE FROM introductions WHERE space_id = ? AND user_id = ?')
    .run(space_id, user_id);
}

/** Erases a slice of what the account wrote in conversations; true when nothing is left. */
export function eraseInConversations(turn: Turn, { user_id, until_n }: Account): boolean {
  return !clearAuthor(turn, { author_id: user_id, space_id: null, from_n: '0', until_n });
}

/** Tells whether messages of the account are still to be erased. */
export function hasMessagesLeft(db: Db, { user_id, until_n }: Account): boolean {
  const left = 'SELECT 1 FROM messages WHERE author_id = ? AND n <= cast(? AS integer) LIMIT 1';
  return db.sqlite.query(left).get(user_id, until_n) !== null;
}

/** Each of their messages is told of, whole. */
const sliceReactions = 10;

/** Removes a slice of the account's reactions, and tells how the messages look; true when none are left. */
export function eraseReactions(turn: Turn, { user_id, reactions_until_n }: Account): boolean {
  const rows = turn.tx.sqlite
    .rows(
      { n: 'number', message_id: 'text', channel_id: 'text?' },
      `SELECT r.n, r.message_id, m.channel_id
         FROM reactions r LEFT JOIN messages m ON m.n = cast(r.message_id AS integer)
        WHERE r.user_id = ? AND r.n <= cast(? AS integer) ORDER BY r.n LIMIT ?`,
    )
    .all(user_id, reactions_until_n, sliceReactions);
  removeReactions(turn.tx, rows);
  const touched = new Map(rows.map((row) => [row.message_id, row.channel_id]));
  for (const [message_id, channel_id] of touched) {
    const channel = channel_id === null ? null : channelOf(turn.app, channel_id);
    if (channel !== null) tellMessage(turn, channel, message_id);
  }
  return rows.length < sliceReactions;
}

/** Notes how far the work of a row is. */
export function noteDone(tx: Tx, id: number, done: string): void {
  tx.sqlite.query('UPDATE hidden_accounts SET done = ? WHERE id = ?').run(done, id);
}
