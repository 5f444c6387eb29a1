// The gateway's protocol: ops, close codes, and the frames that are not events.
import { z } from 'zod';

export const op = {
  event: 0,
  heartbeat: 1,
  identify: 2,
  resume: 3,
  heartbeat_ack: 4,
  hello: 5,
  reconnect: 6,
  invalid_session: 7,
  presence_update: 8,
  voice_state_update: 9,
  request_members: 10,
  voice_signal: 11,
} as const;

export const heartbeatInterval_ms = 45_000;
/** A session whose last heartbeat is older than this is closed and can be resumed. */
export const heartbeatLimit_ms = 90_000;
export const handshakeLimit_ms = 30_000;
/** A socket that is not gone so long after it was closed is cut off. */
export const closeLimit_ms = 10_000;
/** The maximum number of frames in each window; a frame counts once for each KiB of it. */
export const inboundLimit = { frames: 120, window_ms: 60_000, unit_bytes: 1024 };
/** So many heartbeats of a session do not count, in each window, if they are no larger. */
export const freeHeartbeats = { frames: 1_000, max_bytes: 1024 };
/** The largest frame that a client may send. */
export const inboundFrame_bytes = 16 * 1024;
/** The largest frame that is neither IDENTIFY nor RESUME until there is a session. */
export const earlyFrame_bytes = 4 * 1024;
/** How long the presence and voice of a dropped session are held. */
export const hold_ms = 120_000;

/** How long IDENTIFY and RESUME wait for a database that cannot be written. */
export const handshakePatience = { wait_ms: 30_000, again: true };
/** For records of sessions, which must be written, however long that takes. */
export const endlessPatience = { wait_ms: Infinity, again: true };

/** The codes that may end a connection. `resumable`: whether the session can be resumed. */
export const closeCodes = {
  1000: { name: 'normal', resumable: false, says: 'the client is done' },
  1001: { name: 'going away', resumable: false, says: 'the client leaves' },
  1005: {
    name: 'no code',
    resumable: false,
    says: 'the client closed without a code; resumable only if IDENTIFY said `os: "dart"`',
  },
  1006: { name: 'dropped', resumable: true, says: 'the connection broke, or read too slowly' },
  1009: {
    name: 'too big',
    resumable: true,
    says: 'a client frame above 16 KiB; before READY above 4 KiB, but for IDENTIFY and RESUME',
  },
  1012: { name: 'restart', resumable: true, says: 'the server restarts; resume' },
  1013: {
    name: 'try again later',
    resumable: true,
    says: 'the database cannot be written; come back in a moment',
  },
  4000: {
    name: 'unknown error',
    resumable: true,
    says: 'taken over by a RESUME, or by the client',
  },
  4001: { name: 'unknown opcode', resumable: false, says: 'an unknown op before IDENTIFY' },
  4002: {
    name: 'decode error',
    resumable: false,
    says: 'before IDENTIFY a frame that is not JSON, or data of the wrong shape',
  },
  4004: {
    name: 'authentication failed',
    resumable: false,
    says: 'the token is not valid (any more); without op 7: the account has to set a new password first',
  },
  4005: { name: 'already authenticated', resumable: false, says: 'a second IDENTIFY or RESUME' },
  4007: { name: 'invalid seq', resumable: false, says: 'RESUME with a number out of reach' },
  4008: {
    name: 'rate limited',
    resumable: false,
    says:
      'more than 120 frames in 60 s, where each KiB counts as one and 1,000 heartbeats of a session are free; ' +
      'without op 7: IDENTIFY or RESUME came too often, or too many sockets wait for it',
  },
  4009: { name: 'session timed out', resumable: true, says: 'no heartbeat, or nothing to resume' },
} as const;
export type CloseCode = keyof typeof closeCodes;

/** What a 4008 says to who begins or resumes sessions too often. It comes without op 7. */
export const tooOften = 'too many handshakes; come back in a moment';

/**
 * What a 4004 says to an account that has to set a new password. It comes without op 7, after which
 * the Flutter client would come back by itself.
 */
export const newPasswordFirst = 'a new password has to be set first';

/** Tells whether a session can be resumed after the server closed its socket with this code. */
export function isResumable(code: number): boolean {
  return (closeCodes as Record<number, { resumable: boolean }>)[code]?.resumable ?? true;
}

/** `properties.os` of the Flutter client. */
const flutter = 'dart';

/**
 * Tells whether a client that closes with this code may resume: any but 1000, 1001 and 1005. The
 * Flutter client closes without a code (1005) when it is about to resume on another socket.
 */
export function meansToReturn(code: number, os: string): boolean {
  if (code === 1005) return os === flutter;
  return code !== 1000 && code !== 1001;
}

export const Hello = z
  .object({ heartbeat_interval: z.int().describe('milliseconds') })
  .meta({ id: 'Hello' });

export const InvalidSession = z.object({ resumable: z.boolean() }).meta({ id: 'InvalidSession' });

const hello: z.input<typeof Hello> = { heartbeat_interval: heartbeatInterval_ms };
const invalidSession: z.input<typeof InvalidSession> = { resumable: false };

export const frames = {
  hello: JSON.stringify({ op: op.hello, data: hello }),
  heartbeat_ack: JSON.stringify({ op: op.heartbeat_ack }),
  reconnect: JSON.stringify({ op: op.reconnect }),
  invalid_session: JSON.stringify({ op: op.invalid_session, data: invalidSession }),
};

/** The shape of a client's frame. */
export const Inbound = z.object({
  op: z.int().min(0).max(255),
  data: z.unknown().optional(),
});

export const Activity = z
  .object({
    name: z.string().max(128),
    type: z.string().max(32).optional(),
    state: z.string().max(128).optional(),
    details: z.string().max(128).optional(),
    url: z.string().max(512).optional(),
    timestamps: z.record(z.string().max(32), z.union([z.number(), z.string().max(64)])).optional(),
    assets: z.record(z.string().max(32), z.string().max(512)).optional(),
  })
  .meta({ id: 'Activity' });
export type Activity = z.output<typeof Activity>;

export const Identify = z
  .object({
    token: z.string().describe('`Bearer <token>` or `Bot <token>`'),
    intents: z.array(z.string()).describe('unknown ones are ignored'),
    properties: z
      .unknown()
      .optional()
      .describe(
        '`{os, client, version}`; `os` decides the pace, and what a close without a code means',
      ),
    presence: z.unknown().optional(),
  })
  .meta({ id: 'Identify' });
export type Identify = z.output<typeof Identify>;

/** What is kept of an IDENTIFY while it waits: little, however much was sent. */
export interface Wish {
  readonly token: string;
  /** Bits of the intents. */
  readonly mask: number;
  readonly os: string;
  readonly presence: unknown;
}

export const Resume = z
  .object({
    token: z.string(),
    session_id: z.string(),
    seq: z.int().nonnegative().default(0).meta({ format: 'int64' }),
  })
  .meta({ id: 'Resume' });
export type Resume = z.output<typeof Resume>;

/** A frame of the protocol itself, for the AsyncAPI document; `data` is null if it has none. */
export interface ControlFrame {
  name: string;
  op: number;
  from: 'client' | 'server';
  summary: string;
  data: z.ZodType | null;
}

export const controlFrames: readonly ControlFrame[] = [
  {
    name: 'HELLO',
    op: op.hello,
    from: 'server',
    summary: 'The first frame of every connection; answer it with IDENTIFY or RESUME',
    data: Hello,
  },
  {
    name: 'IDENTIFY',
    op: op.identify,
    from: 'client',
    summary: 'Begins a session, which is answered with `ready`',
    data: Identify,
  },
  {
    name: 'RESUME',
    op: op.resume,
    from: 'client',
    summary: 'Takes a session up again: what was missed is replayed, then comes `resumed`',
    data: Resume,
  },
  {
    name: 'HEARTBEAT',
    op: op.heartbeat,
    from: 'client',
    summary: 'Due once in every heartbeat interval; may carry the last number that was seen',
    data: z.int().nullable().optional(),
  },
  {
    name: 'HEARTBEAT_ACK',
    op: op.heartbeat_ack,
    from: 'server',
    summary: 'Answers each HEARTBEAT',
    data: null,
  },
  {
    name: 'RECONNECT',
    op: op.reconnect,
    from: 'server',
    summary: 'The server is about to stop: connect again and RESUME',
    data: null,
  },
  {
    name: 'INVALID_SESSION',
    op: op.invalid_session,
    from: 'server',
    summary: 'The session cannot begin or go on; the connection is closed, IDENTIFY on a new one',
    data: InvalidSession,
  },
  {
    name: 'VOICE_SIGNAL',
    op: op.voice_signal,
    from: 'client',
    summary: 'Known and ignored: clients speak to LiveKit themselves',
    data: z.unknown(),
  },
];
