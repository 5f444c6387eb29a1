// Bans and unbans accounts.
import type { SpaceGrant } from '../../../access/rules.ts';
import type { App, StateName, Turn } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import { ApiError } from '../../../errors.ts';
import { LeastRecentMap } from '../../../lib/least-recent.ts';
import { record } from '../../spaces/audit-log/actions.ts';
import { endMembership, refuseHigherMember } from '../../spaces/members/actions.ts';
import { botsToRemove } from '../../spaces/members/bots.ts';
import { clearAuthor, eraseAuthor } from '../../talk/messages/authors.ts';
import { knownUser } from '../../people/users/actions.ts';
import { banCreated, banDeleted } from './events.ts';
import {
  bansFrom,
  countMessages,
  deleteBan,
  deleteSomeBans,
  findBan,
  newestBefore,
  putBan,
  type BanRow,
  type FullBan,
} from './queries.ts';
import type { BansQuery, NewBan } from './schema.ts';
import { banView } from './view.ts';

/** Returns the ban of that account; throws 404 if there is none. */
export function knownBan(db: Db, space_id: string, user_id: string): FullBan {
  const found = findBan(db, space_id, user_id);
  if (found === undefined) throw new ApiError('not_found', 'This account is not banned here.');
  return found;
}

/**
 * Keeps an account out of a space, member or not, and deletes its newest messages on request. A ban
 * that exists already keeps its date; it is told only if the new ban differs.
 */
export function ban(turn: Turn, by: SpaceGrant, user_id: string, wish: NewBan) {
  const { actor, space } = by;
  if (user_id === actor.id) throw new ApiError('forbidden', 'Nobody bans oneself.');
  refuseHigherMember(turn, by, user_id);
  knownUser(turn, user_id);
  endMembership(turn, space.id, user_id);
  // The bots of the account leave with it; joining asks for its ban.
  for (const bot_id of botsToRemove(turn, space.id, user_id)) {
    if (!endMembership(turn, space.id, bot_id)) continue;
    record(turn, by, { action: 'member_kick', target: { type: 'user', id: bot_id } });
  }
  const reason = wish.reason ?? turn.reasonOf(actor.id);
  const before = findBan(turn.tx, space.id, user_id)?.ban;
  const isNews = before?.reason !== reason || before.banned_by !== actor.id;
  const created_at = before?.created_at ?? turn.now;
  if (isNews) {
    putBan(turn.tx, { space_id: space.id, user_id, reason, banned_by: actor.id, created_at });
  }
  const view = banView(knownBan(turn.tx, space.id, user_id));
  if (isNews) turn.tell(banCreated, { space_id: space.id, permission: 'ban_members' }, view);
  const deleted_message_count = purge(turn, space.id, user_id, wish.delete_message_seconds ?? 0);
  if (isNews || deleted_message_count > 0) {
    const target = { type: 'user', id: user_id } as const;
    const changes = deleted_message_count > 0 ? { deleted_message_count } : {};
    record(turn, by, { action: 'member_ban_add', target, reason, changes });
  }
  return { ...view, deleted_message_count };
}

/** Hides the messages of the last `seconds` and deletes the newest; returns how many there are. */
function purge(turn: Turn, space_id: string, user_id: string, seconds: number): number {
  if (seconds === 0) return 0;
  const older = newestBefore(turn, space_id, user_id, turn.steady - seconds * 1000);
  const from_n = (BigInt(older) + 1n).toString();
  const count = countMessages(turn.tx, space_id, user_id, from_n);
  if (count === 0) return 0;
  const purged = { author_id: user_id, space_id, from_n, until_n: turn.id() };
  eraseAuthor(turn, purged);
  clearAuthor(turn, purged, { isFirst: true });
  return count;
}

/** Lets an account in again; does nothing if it is not banned. */
export function unban(turn: Turn, by: SpaceGrant, user_id: string): void {
  const { space } = by;
  refuseHigherMember(turn, by, user_id);
  const lifted = deleteBan(turn.tx, space.id, user_id);
  if (lifted === undefined) return;
  turn.onCommit(() => turn.app.state(liftedBans).set(`${space.id} ${user_id}`, lifted));
  const to = { space_id: space.id, permission: 'ban_members' } as const;
  turn.tell(banDeleted, to, { space_id: space.id, user_id });
  record(turn, by, { action: 'member_ban_remove', target: { type: 'user', id: user_id } });
}

const sliceLifted = 50;

/** Lifts some bans of an account that is deleted, and tells moderators; true if none were left. */
export function liftSome(turn: Turn, user_id: string): boolean {
  const lifted = deleteSomeBans(turn.tx, user_id, sliceLifted);
  for (const space_id of lifted) {
    const to = { space_id, permission: 'ban_members' } as const;
    turn.tell(banDeleted, to, { space_id, user_id });
  }
  return lifted.length === 0;
}

/**
 * The last lifted bans of the whole server. The Godot client asks for the next page by the last row
 * of the page before, whose ban may be lifted by then. Forgotten at a restart.
 */
const liftedBans: StateName<LeastRecentMap<string, BanRow>> = {
  create: () => new LeastRecentMap(1_000),
};

/**
 * A page of bans, newest first; with `after` and `before` those between the two. `more` says whether
 * others follow in the direction asked for.
 */
export function banPage({ db, state }: App, space_id: string, query: BansQuery) {
  const { limit, after, before } = query;
  const anchorOf = (user_id: string | undefined) =>
    user_id === undefined
      ? null
      : (findBan(db, space_id, user_id)?.ban ?? state(liftedBans).get(`${space_id} ${user_id}`));
  const [older, newer] = [anchorOf(after), anchorOf(before)];
  // An account that was never banned has no place in the order.
  if (older === undefined || newer === undefined) return { bans: [], more: false };
  const isBackwards = after === undefined && before !== undefined;
  const rows = isBackwards
    ? bansFrom(db, space_id, 'newer', newer, limit + 1)
    : bansFrom(db, space_id, 'older', older, limit + 1).filter(
        ({ ban: one }) => newer === null || isNewer(one, newer),
      );
  const bans = rows.slice(0, limit);
  if (isBackwards) bans.reverse();
  return { bans, more: rows.length > limit };
}

/** Tells whether a ban stands before another one in the list. */
function isNewer(one: BanRow, other: BanRow): boolean {
  if (one.created_at !== other.created_at) return one.created_at > other.created_at;
  return one.user_id > other.user_id;
}
