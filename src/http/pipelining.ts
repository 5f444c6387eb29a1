// Ends connections that send very many requests at once, without waiting for answers (pipelining).
import type { App } from '../app.ts';
import { ApiError } from '../errors.ts';
import { connectionOf, type PeerAddress } from './peer.ts';
import { refusalOf } from './refusal.ts';

/** Browsers and clients send one request at a time on a connection. */
const maxAtOnce = 32;

/**
 * Returns a function that counts the requests of a connection in one turn of the event loop and
 * tells whether this one may be answered. Bun answers all that has arrived on a connection without
 * a pause: some ten thousand small requests, during which nobody else is served.
 */
export function createPipelineLimit(): (request: Request, peer: PeerAddress) => boolean {
  let total = 0;
  const counts = new Map<string, number>();
  const forget = () => {
    total = 0;
    counts.clear();
  };
  return (request, peer) => {
    if (total === 0) setImmediate(forget);
    total += 1;
    // Looking the connection up is not needed as long as all connections together have few.
    if (total <= maxAtOnce) return true;
    const name = connectionOf(request, peer);
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count <= maxAtOnce;
  };
}

/** Refuses the request and ends its connection. */
export function tooManyAtOnce({ config }: App, request: Request): Response {
  const message = 'Wait for answers before you send more requests on one connection.';
  const error = new ApiError('rate_limited', message, { retryAfter_s: 1 });
  return refusalOf(config, request, error, { Connection: 'close' });
}
