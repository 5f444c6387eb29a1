// Reads share the thread with everybody else: many that come at once wait, by account.
import type { App } from '../app.ts';
import { accountOf, type Caller } from '../access/place.ts';
import { resolveAgain } from '../access/tokens.ts';
import { ApiError } from '../errors.ts';
import type { Endpoint, RequestFacts } from './endpoint.ts';
import { clientOf } from './incoming.ts';
import { outgoing } from './outgoing.ts';

/**
 * Runs a read at once if there is time, else when it is its account's turn: one request may take a
 * tenth of a second, and a client may send as many at once as its bucket has tokens.
 */
export function inTurn<T>(
  app: App,
  { at }: Pick<Endpoint, 'at'>,
  request: RequestFacts,
  read: (viewer: Caller) => T,
): T | Promise<T> {
  const { viewer } = request;
  const unread = app.state(outgoing);
  const run = (now: Caller) => {
    if (at === 'api' && !unread.isEmpty) unread.refuseUnread(clientOf(request));
    return read(now);
  };
  // What is outside of the API is cheap, and asked for by those who watch whether anybody waits.
  if (at === 'root' || app.pace.isFree) return app.pace.now(() => run(viewer));
  const account = accountOf(viewer);
  const key = account === null ? clientOf(request) : account.id;
  const { signal } = request;
  return app.pace.run(key, () => {
    if (signal.aborted) throw new ApiError('invalid_request', 'The connection has ended.');
    return run(account === null ? viewer : resolveAgain(app, account));
  });
}
