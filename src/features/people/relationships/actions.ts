// Asks for friendship, accepts it, blocks, and takes all that back; each side has its own row.
import { changingNearness } from '../../../access/acquaintances.ts';
import type { Actor } from '../../../access/tokens.ts';
import type { Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { nobody } from '../../../events/event.ts';
import { knownUser } from '../users/actions.ts';
import type { UserRow } from '../users/queries.ts';
import {
  blocksChanged,
  relationshipAdded,
  relationshipRemoved,
  relationshipUpdated,
} from './events.ts';
import { countRequest, refuseFull, refuseOverrun } from './limits.ts';
import { deleteRelation, findRelation, putRelation, type RelationRow } from './queries.ts';
import { kind, type Relationship } from './schema.ts';
import { relationView } from './view.ts';

/** Two people, and what stands on either side. */
interface Pair {
  readonly actor: Actor;
  readonly target: UserRow;
  readonly mine: RelationRow | undefined;
  readonly theirs: RelationRow | undefined;
}

/** Returns both sides; throws where nothing can stand between the two. */
function pairOf(turn: Turn, actor: Actor, target_id: string): Pair {
  if (target_id === actor.id) {
    throw new ApiError('invalid_request', 'This is you: name somebody else.');
  }
  const target = knownUser(turn, target_id);
  if (target.system) {
    throw new ApiError('invalid_request', 'This is the server itself, no friend and no foe.');
  }
  return {
    actor,
    target,
    mine: findRelation(turn.tx, actor.id, target_id),
    theirs: findRelation(turn.tx, target_id, actor.id),
  };
}

/** Puts the same on both sides, or a request and its counterpart. */
function putBoth(turn: Turn, { actor, target }: Pair, mine: number, theirs: number): void {
  const since = turn.now;
  putRelation(turn.tx, { user_id: actor.id, target_id: target.id, type: mine, since });
  putRelation(turn.tx, { user_id: target.id, target_id: actor.id, type: theirs, since });
}

/** Returns one's own side as it is now. */
function ownView(turn: Turn, user_id: string, target: UserRow): Relationship {
  const row = findRelation(turn.tx, user_id, target.id);
  if (row === undefined) throw new Error('nothing stands between the two');
  return relationView(turn.app, row, target);
}

/** Shows both their sides. */
function tellBoth(
  turn: Turn,
  { actor, target }: Pair,
  event: typeof relationshipAdded | typeof relationshipUpdated,
): void {
  turn.tell(event, { user_ids: [actor.id] }, ownView(turn, actor.id, target));
  const self = knownUser(turn, actor.id);
  turn.tell(event, { user_ids: [target.id] }, ownView(turn, target.id, self));
}

/** Tells others of a block that came or went: `at_once`, so the rows must be changed already. */
function tellBlocks(turn: Turn, { actor, target }: Pair): void {
  turn.tell(blocksChanged, nobody, { user_id: actor.id, target_id: target.id });
}

const takesNone = () => new ApiError('forbidden', 'This account takes no friend request from you.');

/** Asks somebody for friendship, or accepts what they asked. Unblocks them, too. */
export function befriend(turn: Turn, actor: Actor, target_id: string): Relationship {
  if (actor.bot) throw new ApiError('forbidden', 'Only people have friends.');
  const pair = pairOf(turn, actor, target_id);
  const { target, mine, theirs } = pair;
  if (target.bot) {
    throw new ApiError('invalid_request', 'Bots have no friends: this is a bot.');
  }
  if (theirs?.type === kind.blocked) throw takesNone();
  if (mine?.type === kind.friend) return ownView(turn, actor.id, target);
  const isAsked = mine?.type === kind.incoming;
  if (!isAsked) ask(turn, pair);
  else changingNearness(turn, [actor.id], [target.id], () => putBoth(turn, pair, 1, 1));
  tellBoth(turn, pair, isAsked ? relationshipUpdated : relationshipAdded);
  if (mine?.type === kind.blocked) tellBlocks(turn, pair);
  return ownView(turn, actor.id, target);
}

/** Writes a request. If it stands already, nothing changes: it is only told again. */
function ask(turn: Turn, pair: Pair): void {
  const { actor, target, mine, theirs } = pair;
  countRequest(turn, actor, target.id);
  if (mine?.type === kind.outgoing) return;
  // Nobody is there to answer.
  if (target.disabled) throw takesNone();
  if (mine === undefined) refuseFull(turn.tx, actor.id);
  if (theirs === undefined) refuseOverrun(turn.tx, target.id);
  changingNearness(turn, [actor.id], [target.id], () =>
    putBoth(turn, pair, kind.outgoing, kind.incoming),
  );
}

/**
 * Blocks somebody. What they had on their side goes, but for a block; of this they learn no more
 * than when one ends a friendship or takes back a request.
 */
export function block(turn: Turn, actor: Actor, target_id: string): Relationship {
  const pair = pairOf(turn, actor, target_id);
  const { target, mine, theirs } = pair;
  if (mine?.type === kind.blocked) return ownView(turn, actor.id, target);
  if (mine === undefined) refuseFull(turn.tx, actor.id);
  const goes = theirs !== undefined && theirs.type !== kind.blocked;
  changingNearness(turn, [actor.id], [target.id], () => {
    putRelation(turn.tx, {
      user_id: actor.id,
      target_id,
      type: kind.blocked,
      since: turn.now,
    });
    if (goes) deleteRelation(turn.tx, target_id, actor.id);
  });
  const view = ownView(turn, actor.id, target);
  turn.tell(relationshipAdded, { user_ids: [actor.id] }, view);
  if (goes) turn.tell(relationshipRemoved, { user_ids: [target_id] }, { user_id: actor.id });
  tellBlocks(turn, pair);
  return view;
}

/** Ends a friendship, declines or takes back a request, or unblocks. Their block stays. */
export function remove(turn: Turn, actor: Actor, target_id: string): void {
  const mine = findRelation(turn.tx, actor.id, target_id);
  if (mine === undefined) {
    throw new ApiError('not_found', 'There is nothing between you and this account.');
  }
  const pair = pairOf(turn, actor, target_id);
  const { theirs } = pair;
  const goes = theirs !== undefined && theirs.type !== kind.blocked;
  changingNearness(turn, [actor.id], [target_id], () => {
    deleteRelation(turn.tx, actor.id, target_id);
    if (goes) deleteRelation(turn.tx, target_id, actor.id);
  });
  turn.tell(relationshipRemoved, { user_ids: [actor.id] }, { user_id: target_id });
  if (goes) turn.tell(relationshipRemoved, { user_ids: [target_id] }, { user_id: actor.id });
  if (mine.type === kind.blocked) tellBlocks(turn, pair);
}
