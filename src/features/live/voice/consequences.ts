// Ends or changes voice states after lost access, ended sessions and revoked tokens.
import { botsOf } from '../../../access/bots.ts';
import { tokensRevoked } from '../../../access/tokens.ts';
import type { App, StateName, Turn } from '../../../app.ts';
import { sessionEnded, sessionReleased } from '../../../gateway/lifecycle.ts';
import { consequence, consequenceOfMove } from '../../../consequence.ts';
import { channelDeleted } from '../../spaces/channels/events.ts';
import { conversationOpened, personLeft } from '../../spaces/conversations/events.ts';
import { memberLeaving } from '../../spaces/members/events.ts';
import { endVoice, recheck, recheckSpace } from './actions.ts';
import { voiceStateUpdated } from './events.ts';
import { hasToken, hasVoice, slice, voiceStateOf, voiceStatesIn } from './queries.ts';
import { voiceStateView } from './view.ts';

/** Spaces that wait for the turn that checks everyone in voice. */
const waiting: StateName<Set<string>> = { create: () => new Set() };

/**
 * Ends the states of people who may not be there any more, whatever the reason: a timeout, a role,
 * an overwrite, a deleted channel. One person is checked in the same turn. A space is checked in a
 * turn of its own, right after: moving twenty roles would otherwise check it twenty times.
 */
export const askAgain = consequenceOfMove((turn, { space_id, user_id, channel_id }) => {
  if (channel_id !== undefined) {
    for (const row of voiceStatesIn(turn.tx, channel_id, slice)) recheck(turn, row);
    return;
  }
  if (user_id === undefined) return askSpaceAgain(turn, space_id);
  // A timeout of an account holds for its bots, too.
  for (const id of [user_id, ...botsOf(turn.tx, user_id)]) {
    const row = voiceStateOf(turn.tx, id);
    if (row === undefined) continue;
    if (space_id === undefined || row.space_id === space_id) recheck(turn, row);
  }
});

function askSpaceAgain(turn: Turn, space_id: string): void {
  const { app } = turn;
  const spaces = app.state(waiting);
  if (spaces.has(space_id) || !hasVoice(turn.tx, space_id)) return;
  turn.afterwards(() => {
    if (spaces.has(space_id)) return;
    spaces.add(space_id);
    lookAtSpace(app, space_id);
  });
}

function lookAtSpace(app: App, space_id: string): void {
  app
    .write((turn) => {
      app.state(waiting).delete(space_id);
      recheckSpace(turn, space_id);
    })
    .catch((error: unknown) => {
      app.state(waiting).delete(space_id);
      app.log.error({ err: error, space_id }, 'voice was not asked again; the next comparison is');
    });
}

/** Ends the calls in a deleted channel; beyond a slice, when its space is checked. */
export const leaveDeletedChannel = consequence(channelDeleted, (turn, { id }) => {
  for (const row of voiceStatesIn(turn.tx, id, slice)) endVoice(turn, row);
});

/** Ends a leaving member's state before the leave is told, so that they still hear of it. */
export const leaveWithMembership = consequence(memberLeaving, (turn, { space_id, user_id }) => {
  const row = voiceStateOf(turn.tx, user_id);
  if (row?.space_id === space_id) endVoice(turn, row);
});

/** Leaves the call of a conversation that somebody leaves, or whose window they close. */
export const leaveConversation = consequence(personLeft, (turn, { id, user_id }) => {
  const row = voiceStateOf(turn.tx, user_id);
  if (row?.channel_id === id) endVoice(turn, row);
});

/** Shows who is in the call to people who are added, or who have closed the window meanwhile. */
export const showCall = consequence(conversationOpened, (turn, { id }, { user_ids }) => {
  for (const row of voiceStatesIn(turn.tx, id, slice)) {
    const people = user_ids.filter((user_id) => user_id !== row.user_id);
    if (people.length === 0) continue;
    turn.tell(voiceStateUpdated, { channel: { people } }, voiceStateView(row));
  }
});

interface WhichSession {
  session_id: string;
  user_id: string;
}

function leaveSession(turn: Turn, { session_id, user_id }: WhichSession): void {
  const row = voiceStateOf(turn.tx, user_id);
  if (row?.bound && row.session_id === session_id) endVoice(turn, row);
}

/** A state that was entered over the socket ends with its session. */
export const leaveWithSession = consequence(sessionEnded, leaveSession);

/** A state outlives a dropped socket as long as presence does, even if it can resume for longer. */
export const leaveAfterHold = consequence(sessionReleased, leaveSession);

/** Without a token an account cannot leave by itself. */
export const leaveWithoutToken = consequence(tokensRevoked, (turn, { user_id }) => {
  const row = voiceStateOf(turn.tx, user_id);
  if (row !== undefined && !hasToken(turn.tx, user_id, turn.now)) endVoice(turn, row);
});
