// Takes reactions away: those of a message that is gone, or, out of sight at once, of one that stays.
import type { Turn } from '../../app.ts';
import type { Db, Tx } from '../../db/open.ts';
import { clearings } from '../../db/schema.ts';
import {
  endOfTime,
  hideReactions,
  reactionsAreCleared,
  reactionShown,
  type HiddenReactions,
} from './hidden.ts';

export type Clearing = typeof clearings.$inferSelect;

/** Reactions of a message: those with one emoji, or all (null). */
interface Reacted {
  message_id: string;
  emoji: string | null;
}

const sliceReactions = 500;

const condition = ({ emoji }: Reacted) =>
  `message_id = ?1 ${emoji === null ? '' : 'AND emoji = ?2'}`;
const values = ({ message_id, emoji }: Reacted) =>
  emoji === null ? [message_id] : [message_id, emoji];

function isAnyShown(db: Db, which: Reacted): boolean {
  const statement = `SELECT 1 FROM reactions
    WHERE ${condition(which)} AND ${reactionShown(db)} LIMIT 1`;
  return db.sqlite.query<unknown, string[]>(statement).get(...values(which)) !== null;
}

/** The number of the newest reaction there is, as text. */
export function newestReaction(db: Db): string {
  const row = db.sqlite
    .query<{ n: string }, []>('SELECT cast(max(n) AS text) AS n FROM reactions')
    .get();
  return row?.n ?? '0';
}

/** Removes a slice; whether more may be left. */
function removeSlice(tx: Tx, which: HiddenReactions): boolean {
  const { changes } = tx.sqlite
    .query<unknown, (string | number)[]>(
      `DELETE FROM reactions WHERE n IN (SELECT n FROM reactions
         WHERE ${condition(which)} AND n <= cast(?3 AS integer) LIMIT ${sliceReactions})`,
    )
    .run(which.message_id, which.emoji ?? '', which.until_n);
  return changes === sliceReactions;
}

/** Takes reactions off a message, those above 500 in later turns; false when there are none. */
export function eraseReactions(tx: Tx, which: Reacted): boolean {
  if (!isAnyShown(tx, which)) return false;
  const hidden = { ...which, until_n: newestReaction(tx) };
  if (!removeSlice(tx, hidden)) return true;
  const { message_id, emoji, until_n } = hidden;
  const target =
    emoji === null
      ? { kind: 'reactions' as const, target_id: message_id }
      : { kind: 'emoji' as const, target_id: `${message_id}/${emoji}` };
  tx.orm
    .insert(clearings)
    .values({ ...target, until_id: until_n })
    .run();
  hideReactions(tx, hidden);
  return true;
}

/** What a clearing of reactions is about. */
export function reactionsOf({ kind, target_id, until_id }: Clearing): HiddenReactions {
  const until_n = until_id ?? endOfTime;
  if (kind !== 'emoji') return { message_id: target_id, emoji: null, until_n };
  const end = target_id.indexOf('/');
  return { message_id: target_id.slice(0, end), emoji: target_id.slice(end + 1), until_n };
}

/** Does the next slice of a clearing; whether it is done. */
export function clearReactions(turn: Turn, clearing: Clearing): boolean {
  const which = reactionsOf(clearing);
  if (removeSlice(turn.tx, which)) return false;
  if (clearing.until_id !== null) reactionsAreCleared(turn, which);
  return true;
}
