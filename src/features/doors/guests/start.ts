// Follows guests as they come and go, and removes their expired tokens.
import type { App } from '../../../app.ts';
import type { SessionHooks } from '../../../gateway/lifecycle.ts';
import { repeat } from '../../../lib/repeat.ts';
import { tellCount } from './actions.ts';
import { deleteExpired } from './queries.ts';

const every_ms = 600_000;
const slice = 500;

export const guestHooks: SessionHooks = { guestsChanged: tellCount };

/** Begins to remove expired tokens; returns a function that stops it. */
export function startGuests(app: App): () => void {
  return repeat({
    clock: app.clock,
    interval_ms: every_ms,
    async work(isOver) {
      let isMore = true;
      while (isMore && !isOver()) {
        isMore = await app.write(({ tx }) => deleteExpired(tx, app.trusted.now(), slice));
        await Bun.sleep(5);
      }
    },
    failed: (error) => app.log.error({ err: error }, 'tokens of guests were not removed'),
  });
}
