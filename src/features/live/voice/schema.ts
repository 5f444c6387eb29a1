// The wire shapes of voice: states, the response to joining, the commands over the socket.
import { z } from 'zod';
import { bounded, Id } from '../../shapes.ts';

export const VoiceState = z
  .object({
    user_id: Id,
    space_id: Id.nullable(),
    channel_id: Id.nullable().describe('null: left'),
    session_id: z.string().describe("the gateway session's id, or one made for a REST join"),
    deaf: z.boolean().describe('by a moderator'),
    mute: z.boolean().describe('by a moderator'),
    self_deaf: z.boolean(),
    self_mute: z.boolean(),
    self_stream: z.boolean(),
    self_video: z.boolean(),
    suppress: z.boolean(),
  })
  .meta({ id: 'VoiceState' });
export type VoiceState = z.output<typeof VoiceState>;

export const NewVoiceState = z
  .object({ self_mute: z.boolean().default(false), self_deaf: z.boolean().default(false) })
  .meta({ id: 'NewVoiceState' });

/** The data that a client needs to enter the room; the token's identity is the user's id. */
export const VoiceConnection = z
  .object({
    voice_state: VoiceState,
    backend: z.literal('livekit'),
    livekit_url: z.string().describe('ws:// or wss://'),
    token: z.string().describe("LiveKit's JWT"),
  })
  .meta({ id: 'VoiceConnection' });

export const VoiceInfo = z
  .object({ backend: z.enum(['livekit', 'none']) })
  .meta({ id: 'VoiceInfo' });

export const VoiceRegion = z
  .object({ id: z.string(), name: z.string(), optimal: z.boolean(), custom: z.boolean() })
  .meta({ id: 'VoiceRegion' });

export const VoiceServer = z
  .object({
    space_id: Id.optional(),
    channel_id: Id,
    backend: z.literal('livekit'),
    url: z.string().describe('ws:// or wss://'),
    token: z.string().describe("LiveKit's JWT"),
  })
  .meta({ id: 'VoiceServer' });

/** The Godot client sends "" for no space. */
const GivenSpace = bounded(20)
  .nullish()
  .transform((given) => given || null);

/** The data of VOICE_STATE_UPDATE. */
export const VoiceChoice = z
  .object({
    space_id: GivenSpace.describe('of the channel; "" and null: not named'),
    channel_id: bounded(20).nullish().describe('null: leave'),
    self_mute: z.boolean().default(false),
    self_deaf: z.boolean().default(false),
    self_video: z.boolean().default(false),
    self_stream: z.boolean().default(false),
  })
  .meta({ id: 'VoiceChoice' });
export type VoiceChoice = z.output<typeof VoiceChoice>;

/** One result of the doctor; each text is one line. */
export const VoiceFinding = z
  .object({
    check: z.string(),
    state: z.enum(['good', 'bad', 'unknown']),
    says: z.string(),
    mend: z.string().nullable().describe('what to do; null when nothing is wrong'),
  })
  .meta({ id: 'VoiceFinding' });
export type VoiceFinding = z.output<typeof VoiceFinding>;

export const VoiceDiagnosis = z
  .object({ healthy: z.boolean(), findings: z.array(VoiceFinding) })
  .meta({ id: 'VoiceDiagnosis' });
export type VoiceDiagnosis = z.output<typeof VoiceDiagnosis>;

/** The event with which the doctor asks a running server whether LiveKit reported a room to it. */
export const doctorsQuestion = 'accord_doctor';
