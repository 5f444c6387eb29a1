// Requests share the thread with everybody else: those for which there is no time wait, by account.
import type { App } from '../app.ts';
import { accountOf, type Caller } from '../access/place.ts';
import { resolveAgain, resolveToken } from '../access/tokens.ts';
import { ApiError } from '../errors.ts';
import { apiPrefix, type Endpoint, type RequestFacts } from './endpoint.ts';
import type { Facts } from './facts.ts';
import { clientOf, lineOf, type Sender } from './incoming.ts';
import { outgoing } from './outgoing.ts';

/**
 * Tells whether a request begins at once. What is outside of the API is cheap, and asked for by those
 * who watch whether anybody waits.
 */
export const mayBegin = ({ app, url }: Facts): boolean => app.pace.isFree || !isOfApi(url);

/**
 * Begins to answer a request when it is its account's turn: Bun hands over all that has come at once,
 * and a client may send as many as its bucket has tokens.
 */
export function beginLater(
  facts: Facts,
  answer: () => Response | Promise<Response>,
): Promise<Response> {
  const { app } = facts;
  const viewer = resolveToken(app, facts.header('authorization'));
  const sender: Sender = { viewer, address: () => facts.address() };
  const { signal } = facts;
  return app.pace.run(lineOf(sender), () => {
    // The connection is gone: nobody would see what comes of it.
    if (signal.aborted) return new Response(null, { status: 408 });
    return answer();
  });
}

/**
 * Reads something as whoever the request's token stands for by then: at once if there is time, else
 * when it is its account's turn. One read may take a tenth of a second.
 */
export function readInTime<T>(
  app: App,
  { at }: Pick<Endpoint, 'at'>,
  request: RequestFacts,
  read: (viewer: Caller) => T,
): T | Promise<T> {
  const { viewer } = request;
  const unread = app.state(outgoing);
  const run = () => {
    if (at === 'api' && !unread.isEmpty) unread.refuseUnread(clientOf(request));
    const account = accountOf(viewer);
    return read(account === null ? viewer : resolveAgain(app, account));
  };
  if (at === 'root' || app.pace.isFree) return app.pace.now(run);
  const { signal } = request;
  return app.pace.run(lineOf(request), () => {
    if (signal.aborted) throw new ApiError('invalid_request', 'The connection has ended.');
    return run();
  });
}

/** Tells whether the path of an address begins with that of the API. */
function isOfApi(url: string): boolean {
  const begin = url.startsWith('/') ? 0 : url.indexOf('/', url.indexOf('//') + 2);
  return url.startsWith(apiPrefix, begin);
}
