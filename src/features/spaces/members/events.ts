// The events of memberships.
import { z } from 'zod';
import { event, signal } from '../../../events/event.ts';
import { PublicUser } from '../../people/users/schema.ts';
import { Id } from '../../shapes.ts';
import { Member } from './schema.ts';

const movesMember = ({ space_id, user_id }: { space_id: string; user_id: string }) => ({
  space_id,
  user_id,
});

export const memberJoined = event('member.join', {
  summary: 'Somebody has joined a space',
  intent: 'members',
  audience: 'space',
  data: Member.extend({ user: PublicUser }),
  moves: movesMember,
});

/** Told while the account is still a member, for what has to end before `member.leave` is told. */
export const memberLeaving = signal('member.leaving', z.object({ space_id: Id, user_id: Id }), {
  at_once: true,
});

/** The leaving member hears it, too, as the last event of the space. */
export const memberLeft = event('member.leave', {
  summary: 'Somebody has left a space, or was removed',
  intent: 'members',
  audience: 'space',
  data: z.object({ space_id: Id, user_id: Id }),
  moves: movesMember,
});

export const memberUpdated = event('member.update', {
  summary: 'A membership has changed',
  intent: 'members',
  audience: 'space',
  data: Member,
  moves: movesMember,
});

export const memberChunk = event('member.chunk', {
  summary: 'Members that were asked for, or did not fit into READY',
  intent: null,
  audience: 'session',
  ephemeral: true,
  data: z.object({
    space_id: Id,
    members: z.array(Member),
    chunk_index: z.int(),
    chunk_count: z.int(),
    not_found: z.array(z.string()),
  }),
});

/** A member has left and wants its messages, reactions and other traces in the space removed. */
export const tracesRenounced = signal('traces.renounced', z.object({ space_id: Id, user_id: Id }));

/** An account that is deleted was in a space, or wrote there: nothing is to name it any more. */
export const memberForgotten = signal('member.forgotten', z.object({ space_id: Id, user_id: Id }));

/** The founder of a space has become its first member. */
export const ownerSeated = signal('owner.seated', z.object({ space_id: Id, user_id: Id }), {
  moves: movesMember,
});
