// A call ends when the last one has left it, for whatever reason.
import { peopleOf } from '../../../access/conversations.ts';
import { consequence } from '../../../consequence.ts';
import { voiceLeft } from '../voice/events.ts';
import { othersIn } from '../voice/queries.ts';
import { callEnded } from './events.ts';

export const endCall = consequence(voiceLeft, (turn, { channel_id, space_id, user_id }) => {
  if (space_id !== null || othersIn(turn.tx, channel_id, user_id) > 0) return;
  // Without those who have left the conversation; of one that was just deleted, the last people.
  const people = peopleOf(turn.tx, channel_id);
  if (people.length > 0) turn.tell(callEnded, { channel: { people } }, { channel_id, user_id });
});
