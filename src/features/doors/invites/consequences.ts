// Removes the invites of deleted channels, and temporary members when their last session ends.
import type { Turn } from '../../../app.ts';
import { sessionEnded, sessionReleased } from '../../../gateway/lifecycle.ts';
import { hasSession } from '../../../gateway/store.ts';
import { consequence } from '../../../consequence.ts';
import { channelDeleted } from '../../spaces/channels/events.ts';
import { endMembership } from '../../spaces/members/actions.ts';
import { memberForgotten, tracesRenounced } from '../../spaces/members/events.ts';
import { removeInvite } from './actions.ts';
import { forgetInviter, invitesOfChannel, temporarySpaces } from './queries.ts';

export const dropInvitesOfChannel = consequence(channelDeleted, (turn, { id }, { channel }) => {
  // Conversations have no invites.
  if (channel.class_id === undefined) return;
  for (const row of invitesOfChannel(turn.tx, id)) removeInvite(turn, row, channel);
});

/** The invites stay, but do not name their maker any more. */
export const forgetTraces = consequence(tracesRenounced, (turn, { space_id, user_id }) => {
  forgetInviter(turn.tx, space_id, user_id);
});

export const forgetMaker = consequence(memberForgotten, (turn, { space_id, user_id }) => {
  forgetInviter(turn.tx, space_id, user_id);
});

interface Which {
  session_id: string;
  user_id: string;
}

/** Removes a temporary member without a role once no session of the account is held. */
function sayGoodbye(turn: Turn, { session_id, user_id }: Which): void {
  if (hasSession(turn.tx, user_id, session_id)) return;
  leaveSome(turn, user_id);
}

const slice = 20;

function leaveSome(turn: Turn, user_id: string): void {
  const spaces = temporarySpaces(turn.tx, user_id, slice);
  for (const space_id of spaces) endMembership(turn, space_id, user_id);
  if (spaces.length < slice) return;
  turn.afterwards(() => {
    turn.app
      .write((next) => leaveSome(next, user_id))
      .catch((error: unknown) => {
        turn.app.log.error({ err: error }, 'a temporary member could not leave');
      });
  });
}

export const leaveWithSession = consequence(sessionEnded, sayGoodbye);
export const leaveWithHold = consequence(sessionReleased, sayGoodbye);
