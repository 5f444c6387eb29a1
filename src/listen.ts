// Listens for requests and sockets; those that come before the server is ready wait at the door.
import type { Config } from './config.ts';
import type { Connection } from './gateway/connection.ts';
import type { Gateway } from './gateway/gateway.ts';
import { inboundFrame_bytes } from './gateway/protocol.ts';
import { reasonOf } from './lib/reason.ts';

/** The server cannot listen on the port; the message is one line for the operator. */
export class ListenError extends Error {}

interface SocketData {
  address: string;
  gateway: Gateway;
  connection: Connection | null;
}
export type Server = Bun.Server<SocketData>;
export type Answer = (
  request: Request,
  server: Server,
) => Response | Promise<Response | undefined> | undefined;

/** Answers requests; those that arrive before the server is ready wait until the door opens. */
export interface Door {
  answer: Answer;
  open(answer: Answer): void;
}

export function closedDoor(): Door {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  return {
    answer: async (request, server) => (await promise)(request, server),
    open(answer) {
      this.answer = answer;
      resolve(answer);
    },
  };
}

/** An address and a port as they stand in a URL. */
export function hostOf(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** Bun drops frames above this limit. The hub terminates sockets far below it. */
const backpressure_bytes = 2 * 1024 * 1024;

/** Listens at the address of the settings; throws a ListenError. */
export function listen({ PORT, ACCORD_BIND, may_bind_ipv4 }: Config, door: Door): Server {
  try {
    return listenAt(ACCORD_BIND, PORT, door);
  } catch (error) {
    if (may_bind_ipv4 && lacksIpv6(error)) return listen4(PORT, door);
    throw refusal(ACCORD_BIND, PORT, error);
  }
}

function listen4(port: number, door: Door): Server {
  try {
    return listenAt('0.0.0.0', port, door);
  } catch (error) {
    throw refusal('0.0.0.0', port, error);
  }
}

/** Whether the failure may come from a machine without IPv6: Bun does not name that reliably. */
function lacksIpv6(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code !== 'EADDRINUSE' && code !== 'EACCES';
}

/** What a system's code means, where Bun does not say. */
const meanings: Record<string, string> = {
  EACCES: 'this user may not take that port; ports below 1024 are for root on many systems',
  EADDRNOTAVAIL: 'this machine has no such address',
  EINVAL: 'this machine has no such address',
  ENOENT: 'this machine has no such address',
  EADDRINUSE: 'the port is in use',
};

function refusal(address: string, port: number, error: unknown): ListenError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = meanings[code] ?? reasonOf(error);
  return new ListenError(
    `Cannot listen on ${hostOf(address, port)}: ${reason.replace(/\.$/, '')}.`,
  );
}

function listenAt(hostname: string, port: number, door: Door): Server {
  return Bun.serve<SocketData>({
    port,
    hostname,
    idleTimeout: 120,
    // No limit here: ours follows the current settings and sends an error that clients can read.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch: (request, server) => door.answer(request, server),
    websocket: {
      maxPayloadLength: inboundFrame_bytes,
      idleTimeout: 120,
      sendPings: true,
      perMessageDeflate: false,
      backpressureLimit: backpressure_bytes,
      closeOnBackpressureLimit: false,
      open(ws) {
        ws.data.connection = ws.data.gateway.connection(ws, ws.data.address);
      },
      message(ws, message) {
        ws.data.connection?.received(message);
      },
      // Bun answers pings. They count as frames do, and a client that reads no answer is cut off.
      ping: (ws) => ws.data.connection?.pinged(),
      pong: (ws) => ws.data.connection?.pinged(),
      drain: (ws) => ws.data.connection?.drained(),
      close: (ws, code) => ws.data.connection?.ended(code),
    },
  });
}
