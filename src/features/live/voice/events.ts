// The events of voice.
import { z } from 'zod';
import { event, signal } from '../../../events/event.ts';
import { Id } from '../../shapes.ts';
import { VoiceServer, VoiceState } from './schema.ts';

/**
 * Logged, like everything that changes what READY shows, so that a resumed session learns who came
 * and went. A move is told twice: with the new channel to its viewers, and with `channel_id: null`
 * to those who view only the old channel.
 */
export const voiceStateUpdated = event('voice.state_update', {
  summary: 'Somebody came into a voice channel, went, or looks different there',
  intent: 'voice_states',
  audience: 'viewers',
  data: VoiceState,
});

/** Only after joining over the socket: a client that is in voice already would reconnect. */
export const voiceServerUpdated = event('voice.server_update', {
  summary: 'Where and with which token the session enters the room that it asked for',
  intent: null,
  audience: 'session',
  ephemeral: true,
  data: VoiceServer,
});

/** Somebody left a channel or moved out of it; at once, so that each one finds who is still there. */
export const voiceLeft = signal(
  'voice.left',
  z.object({ user_id: Id, channel_id: Id, space_id: Id.nullable() }),
  { at_once: true },
);
