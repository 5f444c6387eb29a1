// One gateway connection over raw TCP: the upgrade and the greeting by hand, then only frames.
import { randomBytes } from 'node:crypto';
import type { Socket } from 'bun';
import { z } from 'zod';
import { buildFrame, FrameReader, type Tally } from './frames';

const HEAD_END = Buffer.from('\r\n\r\n');
const HEARTBEAT = buildFrame({ op: 1, data: 0 });
const GREETING_MS = 60_000;

const Greeting = z.object({
  op: z.number(),
  type: z.string().optional(),
  seq: z.number().optional(),
  data: z.object({ session_id: z.string().optional() }).optional(),
});
export type Greeting = z.infer<typeof Greeting>;

export interface GatewayClient {
  /** READY, or what answered the first frame otherwise. */
  greeting: Greeting;
  greeting_bytes: number;
  /** From the sending of IDENTIFY or RESUME to the greeting. */
  took_ms: number;
  heartbeat(): void;
  send(frame: Buffer): void;
  /** Drops the connection without a close frame, so that the session can be resumed. */
  drop(): void;
}

export interface GatewayHeard {
  tally: Tally;
  /** After each chunk that came once the greeting was over. */
  chunk?: () => void;
  /** Each frame after the greeting; without it they are counted unread. */
  payload?: (payload: Buffer) => void;
  lost: (error: Error) => void;
}

/** Connects, waits for HELLO, sends `first` (IDENTIFY or RESUME), resolves at `until` (its type). */
export function openGateway(
  port: number,
  first: Buffer,
  until: 'ready' | 'resumed',
  heard: GatewayHeard,
): Promise<GatewayClient> {
  const { promise, resolve, reject } = Promise.withResolvers<GatewayClient>();
  const reader = new FrameReader(heard.tally);
  let upgraded: Buffer | null = Buffer.alloc(0);
  let dropped = false;
  let sentAt = 0;

  function fail(socket: Socket, error: unknown): void {
    const reason = error instanceof Error ? error : new Error(String(error));
    dropped = true;
    socket.terminate();
    reject(reason);
    heard.lost(reason);
  }

  function greet(socket: Socket, payload: Buffer): void {
    // A replay is thousands of frames; what is looked for in it is short, and is not op 5.
    if (until === 'resumed' && payload.length > 300) return;
    const text = payload.toString('latin1', 0, 300);
    if (sentAt === 0 && text.includes('"op":5')) {
      sentAt = performance.now();
      socket.write(first);
    } else if (text.includes('"op":7')) {
      fail(socket, new Error(`the gateway refused: ${text}`));
    } else if (text.includes(`"type":"${until}"`)) {
      reader.onPayload = heard.payload ?? null;
      resolve({
        took_ms: performance.now() - sentAt,
        greeting: Greeting.parse(JSON.parse(payload.toString())),
        greeting_bytes: payload.length,
        heartbeat: () => void socket.write(HEARTBEAT),
        send: (frame) => void socket.write(frame),
        drop() {
          dropped = true;
          socket.terminate();
        },
      });
    }
  }

  function data(socket: Socket, chunk: Buffer): void {
    if (upgraded === null) {
      reader.feed(chunk);
      heard.chunk?.();
      return;
    }
    upgraded = Buffer.concat([upgraded, chunk]);
    const end = upgraded.indexOf(HEAD_END);
    if (end < 0) return;
    if (!upgraded.toString('latin1', 0, end).startsWith('HTTP/1.1 101')) {
      throw new Error(`no upgrade: ${upgraded.toString('latin1', 0, 300)}`);
    }
    const rest = upgraded.subarray(end + HEAD_END.length);
    upgraded = null;
    reader.onPayload = (payload) => greet(socket, payload);
    reader.feed(rest);
  }

  const late = setTimeout(() => reject(new Error(`no ${until} after a minute`)), GREETING_MS);
  void promise.then(
    () => clearTimeout(late),
    () => clearTimeout(late),
  );
  Bun.connect({
    hostname: '127.0.0.1',
    port,
    socket: {
      open: (socket) => void socket.write(upgradeRequest()),
      data(socket, chunk) {
        try {
          data(socket, chunk);
        } catch (error) {
          fail(socket, error);
        }
      },
      close(socket) {
        if (!dropped) fail(socket, new Error('the server dropped a socket'));
      },
    },
  }).catch(reject);
  return promise;
}

function upgradeRequest(): string {
  const key = randomBytes(16).toString('base64');
  return [
    'GET /ws?v=1&encoding=json HTTP/1.1',
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${key}\r\n\r\n`,
  ].join('\r\n');
}

export function identifyFrame(token: string, intents: string[]): Buffer {
  return buildFrame({ op: 2, data: { token: `Bearer ${token}`, intents } });
}

export function resumeFrame(token: string, session_id: string, seq: number): Buffer {
  return buildFrame({ op: 3, data: { token: `Bearer ${token}`, session_id, seq } });
}

/** Ears that count frames and tell nobody. */
export function quiet(): GatewayHeard {
  return { tally: { frames: 0 }, lost() {} };
}
