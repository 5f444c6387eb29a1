// Receives LiveKit's reports of who entered and left a room, signed with the shared key.
import { z } from 'zod';
import { signedByLiveKit } from '../../../access/rules.ts';
import type { Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { hasSession } from '../../../gateway/store.ts';
import { readText } from '../../../http/body.ts';
import { beginBody, lineOf } from '../../../http/incoming.ts';
import { endpoint } from '../../../http/endpoint.ts';
import type { LiveKitReport, Participant } from '../../../lib/livekit.ts';
import { endVoice } from './actions.ts';
import { channelOfRoom, roomGrants, sameGrants } from './admission.ts';
import { updateVoiceState, voiceStateOf } from './queries.ts';
import { rooms } from './rooms.ts';
import { doctorsQuestion } from './schema.ts';

/** The maximum size of a report; actual reports are far smaller. */
const report_bytes = 256 * 1024;

export const receiveReport = endpoint({
  method: 'POST',
  path: '/voice/webhook',
  summary: 'Receive what LiveKit reports; its Authorization header is a JWT over the body',
  access: signedByLiveKit,
  limit: 'refusals',
  returns: z.object({
    ok: z.literal(true),
    heard: z
      .boolean()
      .optional()
      .describe('to the doctor alone: whether LiveKit reported that room'),
  }),
  errors: ['unauthorized', 'payload_too_large', 'too_slow'],
  async prepare({ app, request }) {
    const incoming = beginBody(app, request, 'small');
    const nextTurn = () => app.pace.turn(lineOf(request));
    const reading = { limit_bytes: report_bytes, incoming, nextTurn };
    const body = await readText(request.raw, reading).finally(() => incoming.end());
    const authorization = request.header('authorization') ?? '';
    const report = (await rooms(app).livekit?.report(body, authorization)) ?? null;
    if (report === null) {
      throw new ApiError('unauthorized', "This is not signed with LiveKit's key of this server.");
    }
    return report;
  },
  run({ app, turn, prepared: report }) {
    if (report.event === doctorsQuestion) {
      return { ok: true as const, heard: rooms(app).hasHeardOf(report.room) };
    }
    follow(turn, report);
    return { ok: true as const };
  },
});

function follow(turn: Turn, { event, room, participant, left_by_itself }: LiveKitReport): void {
  const channel_id = channelOfRoom(room);
  if (channel_id === null) {
    rooms(turn.app).heardOf(room);
    return;
  }
  if (participant === null) return;
  if (event === 'participant_joined') entered(turn, channel_id, participant);
  if (event === 'participant_left' || event === 'participant_connection_aborted') {
    went(turn, channel_id, participant, left_by_itself);
  }
}

/** Removes participants without a state for this very room: a token alone proves nothing. */
function entered(turn: Turn, channel_id: string, { identity, sid, grants }: Participant): void {
  const { app } = turn;
  const row = voiceStateOf(turn.tx, identity);
  if (row?.channel_id !== channel_id) {
    turn.afterwards(() => rooms(app).remove(channel_id, identity));
    return;
  }
  updateVoiceState(turn.tx, identity, { participant_sid: sid });
  const wanted = roomGrants(row.grants);
  // An old token brings old grants.
  if (!sameGrants(grants, wanted)) {
    turn.afterwards(() => rooms(app).grant(channel_id, identity, wanted));
  }
}

/**
 * Compares the sid: a second device that joins and the first that leaves have the same identity.
 * Leaving ends nothing by itself, since clients come back after a lost connection or a restart of
 * LiveKit; the comparison ends states that stay without one. But an account that left deliberately
 * and has no session will not come back.
 */
function went(
  turn: Turn,
  channel_id: string,
  { identity, sid }: Participant,
  left_by_itself: boolean,
): void {
  const row = voiceStateOf(turn.tx, identity);
  if (row?.channel_id !== channel_id || row.participant_sid !== sid) return;
  updateVoiceState(turn.tx, identity, { participant_sid: null });
  const isAlone = !row.bound && !hasSession(turn.tx, identity);
  if (left_by_itself && isAlone) endVoice(turn, row);
}
