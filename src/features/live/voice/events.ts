// What others hear of voice.
import { event } from '../../../events/event.ts';
import { VoiceServer, VoiceState } from './schema.ts';

/**
 * In the log, like everything that changes what READY shows: who was away for a moment learns who
 * came and went. Of a move it is told twice: with the new channel to those who view that one, and
 * with `channel_id: null` to those who view the old channel alone.
 */
export const voiceStateUpdated = event('voice.state_update', {
  summary: 'Somebody came into a voice channel, went, or looks different there',
  intent: 'voice_states',
  audience: 'viewers',
  data: VoiceState,
});

/** After joining over the socket alone: a client that is in voice would connect anew. */
export const voiceServerUpdated = event('voice.server_update', {
  summary: 'Where and with which token the session enters the room that it asked for',
  intent: null,
  audience: 'session',
  ephemeral: true,
  data: VoiceServer,
});
