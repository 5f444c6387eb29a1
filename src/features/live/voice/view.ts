// Turns voice state rows into what clients see.
import type { VoiceRow } from './queries.ts';
import type { VoiceState } from './schema.ts';

export function voiceStateView(row: VoiceRow): VoiceState {
  const { user_id, space_id, channel_id, session_id } = row;
  const { deaf, mute, self_deaf, self_mute, self_stream, self_video } = row;
  return {
    user_id,
    space_id,
    channel_id,
    session_id,
    deaf,
    mute,
    self_deaf,
    self_mute,
    self_stream,
    self_video,
    suppress: false,
  };
}

/** The voice state of somebody who has left, as others see it. */
export function voiceLeftView({ user_id, space_id, session_id }: VoiceRow): VoiceState {
  return {
    user_id,
    space_id,
    channel_id: null,
    session_id,
    deaf: false,
    mute: false,
    self_deaf: false,
    self_mute: false,
    self_stream: false,
    self_video: false,
    suppress: false,
  };
}
