// The REST surface of voice: what is available, who is in it, joining and leaving.
import { z } from 'zod';
import { channelViewer } from '../../../access/reading.ts';
import {
  anyone,
  channel,
  channelMembership,
  instanceAdmin,
  knownPlace,
  signedIn,
  spaceMember,
} from '../../../access/rules.ts';
import { ApiError } from '../../../errors.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { Done } from '../../shapes.ts';
import { enter, leaveVoice } from './actions.ts';
import { diagnose } from './doctor.ts';
import { maxInChannel, refuseEntry } from './admission.ts';
import { voiceStateOf, voiceStatesIn } from './queries.ts';
import { rooms, voiceName } from './rooms.ts';
import {
  NewVoiceState,
  VoiceConnection,
  VoiceDiagnosis,
  VoiceInfo,
  VoiceRegion,
  VoiceState,
} from './schema.ts';
import { voiceStateView } from './view.ts';

export const getVoiceInfo = endpoint({
  method: 'GET',
  path: '/voice/info',
  summary: 'Whether this server has voice',
  access: anyone,
  returns: VoiceInfo,
  form: 'plain',
  run({ app }): z.input<typeof VoiceInfo> {
    return { backend: rooms(app).livekit === null ? 'none' : 'livekit' };
  },
});

export const listVoiceRegions = endpoint({
  method: 'GET',
  path: '/spaces/:space_id/voice-regions',
  summary: 'List the voice regions; there is one',
  access: spaceMember,
  returns: z.array(VoiceRegion),
  run: () => [{ id: 'livekit', name: 'LiveKit', optimal: true, custom: false }],
});

export const listVoiceStates = endpoint({
  method: 'GET',
  path: '/channels/:channel_id/voice-status',
  summary: 'List who is in a voice channel',
  access: channelViewer,
  returns: z.array(VoiceState),
  run: ({ app, channel: { id } }) => voiceStatesIn(app.db, id, maxInChannel).map(voiceStateView),
});

export const joinVoice = endpoint({
  method: 'POST',
  path: '/channels/:channel_id/voice/join',
  summary: 'Come into a voice channel, out of any other; the state is bound to no gateway session',
  access: channel('connect'),
  body: NewVoiceState,
  returns: VoiceConnection,
  errors: ['voice_unavailable'],
  async prepare({ app, viewer, params: { channel_id } }) {
    const { id } = signedIn(viewer);
    // Saves a call for people who may not join; the turn decides.
    refuseEntry(app, knownPlace(app, viewer, channel_id), id);
    await rooms(app).open(channel_id, id);
  },
  run({ app, turn, actor, body, ...place }) {
    refuseEntry(app, place, actor.id);
    const row = enter(turn, {
      user_id: actor.id,
      place,
      session_id: turn.id(),
      bound: false,
      ...body,
      self_stream: false,
      self_video: false,
    });
    const voice_state = voiceStateView(row);
    return { voice_state, backend: 'livekit' as const, livekit_url: '', token: '' };
  },
  async complete(app, answer) {
    const { user_id, channel_id } = answer.voice_state;
    const row = voiceStateOf(app.db, user_id);
    // The account was removed or moved meanwhile: without a state it gets no token.
    if (channel_id === null || row?.channel_id !== channel_id) {
      throw new ApiError('forbidden', 'You are not in this voice channel any more.');
    }
    const who = { identity: user_id, name: voiceName(app.db, user_id) };
    const { url, token } = await rooms(app).entrance(who, channel_id, row.grants);
    return { ...answer, livekit_url: url, token };
  },
});

export const leaveVoiceRoute = endpoint({
  method: 'DELETE',
  path: '/channels/:channel_id/voice/leave',
  summary: 'Leave voice, whatever channel one is in',
  access: channelMembership,
  returns: Done,
  run({ turn, actor }) {
    leaveVoice(turn, actor.id);
    return { ok: true as const };
  },
});

export const examineVoice = endpoint({
  method: 'GET',
  path: '/admin/voice/doctor',
  summary: 'Check that voice works, and say what is wrong and how to mend it',
  access: instanceAdmin,
  returns: VoiceDiagnosis,
  prepare: ({ app }) =>
    diagnose(app.config, (room, within_ms) => rooms(app).hears(room, within_ms)),
  run: ({ prepared }) => prepared,
});
