// The events of calls: told to the people of the conversation, in all of their sessions.
import { event } from '../../../events/event.ts';
import { CallAnswer, CallRing } from './schema.ts';

/** Logged; RESUME leaves it out once it is old. */
export const callRang = event('call.ring', {
  summary: 'Somebody calls the people of a conversation; RESUME replays it for a minute',
  intent: 'voice_states',
  audience: 'channel',
  data: CallRing,
});

export const callDeclined = event('call.decline', {
  summary: 'Somebody does not take a call; their other sessions stop ringing',
  intent: 'voice_states',
  audience: 'channel',
  data: CallAnswer,
});

export const callCancelled = event('call.cancel', {
  summary: 'Somebody does not call any more',
  intent: 'voice_states',
  audience: 'channel',
  data: CallAnswer,
});

export const callEnded = event('call.end', {
  summary: 'The last one has left the call of a conversation, or has dropped out of it',
  intent: 'voice_states',
  audience: 'channel',
  data: CallAnswer,
});
