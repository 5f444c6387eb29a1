// Removes expired invites, a slice at a time.
import type { App, Turn } from '../../../app.ts';
import { repeat } from '../../../lib/repeat.ts';
import { expireInvite } from './actions.ts';
import { expiredInvites } from './queries.ts';

const every_ms = 60_000;
const slice = 100;

/** Removes a slice of the expired invites; returns how many. */
function expireSome(turn: Turn): number {
  const rows = expiredInvites(turn.tx, turn.app.trusted.now(), slice);
  for (const row of rows) expireInvite(turn, row);
  return rows.length;
}

/** Begins to look for expired invites; returns a function that stops it. */
export function startExpiry(app: App): () => void {
  return repeat({
    clock: app.clock,
    interval_ms: every_ms,
    isEager: true,
    async work(isOver) {
      while (!isOver() && (await app.write(expireSome)) === slice) await Bun.sleep(1);
    },
    failed: (error) =>
      app.log.error({ err: error }, 'expired invites were not removed; it is tried again'),
  });
}
