// Keeps the table of logins up to date by timers: when tokens were used last, and what is too old.
import { tokenUses, type UsedToken } from '../../../access/token-uses.ts';
import type { App } from '../../../app.ts';
import { repeat } from '../../../lib/repeat.ts';
import { readSettings } from '../../base/settings/queries.ts';
import { beforeAll, forgetLogins, writeUses, type Behind } from './logins.ts';

const [minute_ms, hour_ms, day_ms] = [60_000, 3_600_000, 86_400_000];
/** So many rows one turn looks at. */
const slice = 500;

/** Begins; returns a function that stops it. */
export function startLoginTimes(app: App): () => void {
  const stops = [writeLastUses(app), forgetOldLogins(app)];
  return () => {
    for (const stop of stops) stop();
  };
}

function writeLastUses(app: App): () => void {
  const uses = app.state(tokenUses);
  const failed = failedOf(app, 'noting when logins were used');
  const write = (some: readonly UsedToken[]) =>
    app.write((turn) => {
      writeUses(turn.tx, some);
      turn.onCommit(() => uses.forget(some));
    });
  const stop = repeat({
    clock: app.clock,
    interval_ms: minute_ms,
    async work(isOver) {
      let due = uses.due(slice);
      while (due.length > 0 && !isOver()) {
        await write(due);
        due = uses.due(slice);
      }
    },
    failed,
  });
  return () => {
    stop();
    // The server runs what waits before it ends.
    const left = uses.due(Infinity, true);
    for (let from = 0; from < left.length; from += slice) {
      write(left.slice(from, from + slice)).catch(failed);
    }
  };
}

/** Ended logins go some days after their last use; those of valid tokens stay. */
function forgetOldLogins(app: App): () => void {
  return repeat({
    clock: app.clock,
    interval_ms: hour_ms,
    async work(isOver) {
      const now_ms = app.trusted.now();
      const before_ms = now_ms - readSettings(app.db).login_days * day_ms;
      let behind: Behind | null = beforeAll;
      while (behind !== null && !isOver()) {
        const from: Behind = behind;
        behind = await app.write<Behind | null>(({ tx }) =>
          forgetLogins(tx, { before_ms, now_ms }, from, slice),
        );
        await Bun.sleep(5);
      }
    },
    failed: failedOf(app, 'forgetting old logins'),
  });
}

function failedOf(app: App, work: string): (error: unknown) => void {
  return (error) => app.log.error({ err: error }, `${work} failed; it is tried again`);
}
