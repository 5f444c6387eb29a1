// Follows guests as they come and go, and removes their expired tokens.
import type { App } from '../../../app.ts';
import type { SessionHooks } from '../../../gateway/lifecycle.ts';
import { sweep } from '../../../lib/repeat.ts';
import { tellCount } from './actions.ts';
import { deleteExpired } from './queries.ts';

const every_ms = 600_000;
const slice = 500;

export const guestHooks: SessionHooks = { guestsChanged: tellCount };

/** Begins to remove expired tokens; returns a function that stops it. */
export function startGuests(app: App): () => void {
  return sweep({
    clock: app.clock,
    interval_ms: every_ms,
    slice: () => app.write(({ tx }) => deleteExpired(tx, app.trusted.now(), slice)),
    failed: (error) => app.log.error({ err: error }, 'tokens of guests were not removed'),
  });
}
