// Prunes the event log by age and size, unused visibility classes, and the audit logs by age.
import { scopesOfClass } from '../../../access/hearing.ts';
import { changesSpace } from '../../../access/load.ts';
import type { App, Turn } from '../../../app.ts';
import { pruneLog, pruneShares } from '../../../events/prune.ts';
import { repeat, sweep } from '../../../lib/repeat.ts';
import { deleteActs } from '../../base/admin-log/queries.ts';
import { deleteEntries } from '../../spaces/audit-log/queries.ts';
import {
  classesInUse,
  deleteClass,
  forgetChannels,
  setRetired,
} from '../../spaces/channels/queries.ts';

const every_ms = 60_000;
const slice = 1_000;
/** One account may fill no more than this part of the log: a quarter. */
const maxShare = 1 / 4;
const rarely_ms = 3_600_000;
const classSlice = 200;
const entrySlice = 500;
const day_ms = 86_400_000;

/**
 * Removes visibility classes that no channel has and the log does not name, among the next ones
 * above `after`; otherwise short-lived channels would leave more and more classes, and every
 * session would hear them all. Deleted channels keep theirs, unheard. Returns where to go on, or
 * null.
 */
export function forgetClasses(turn: Turn, after: number): number | null {
  const { app, tx } = turn;
  const classes = classesInUse(tx, after, classSlice);
  for (const { id, space_id, retired, heard, kept } of classes) {
    if (heard === 1 || (kept === 1 && retired === 1)) continue;
    if (kept === 1) setRetired(tx, id, true);
    else deleteClass(tx, id);
    if (retired === 1) continue;
    changesSpace(app, space_id);
    // The class may come back, and moves unsubscribe nobody from one that their space lacks.
    turn.onCommit(() => scopesOfClass(id).forEach((one) => app.hub.silence(one)));
  }
  return classes.length < classSlice ? null : (classes.at(-1)?.id ?? null);
}

/** Begins to prune; returns a function that stops it. */
export function startRetention(app: App): () => void {
  const stops = [pruneEvents(app), forgetUnused(app), pruneAuditLog(app)];
  return () => {
    for (const stop of stops) stop();
  };
}

function pruneEvents(app: App): () => void {
  const { clock } = app;
  const { RESUME_HOURS, RESUME_MEGABYTES } = app.config;
  const limit_bytes = RESUME_MEGABYTES * 1024 * 1024;
  return sweep({
    clock,
    interval_ms: every_ms,
    slice() {
      const before_ms = clock.steady() - RESUME_HOURS * 3_600_000;
      return app.write(
        ({ tx }) =>
          // First, so that one busy account costs the others nothing.
          pruneShares(tx, limit_bytes * maxShare, slice) ||
          pruneLog(tx, before_ms, limit_bytes, slice),
      );
    },
    failed: failedOf(app, 'pruning the event log'),
  });
}

function forgetUnused(app: App): () => void {
  return repeat({
    clock: app.clock,
    interval_ms: rarely_ms,
    async work(isOver) {
      let after: number | null = 0;
      while (after !== null && !isOver()) {
        const from: number = after;
        after = await app.write<number | null>((turn) => forgetClasses(turn, from));
        await Bun.sleep(5);
      }
    },
    failed: failedOf(app, 'forgetting visibility classes'),
  });
}

/** Prunes the logs of the spaces, and that of what instance admins did. */
function pruneAuditLog(app: App): () => void {
  const { AUDIT_LOG_DAYS: days } = app.config;
  if (days === 0) return () => {};
  return sweep({
    clock: app.clock,
    interval_ms: rarely_ms,
    slice() {
      const now_ms = app.trusted.now();
      const range = { before_ms: now_ms - days * day_ms, now_ms };
      return app.write(({ tx }) => {
        const channel_ids = deleteEntries(tx, range, entrySlice);
        forgetChannels(tx, channel_ids);
        const areOlder = deleteActs(tx, range, entrySlice);
        return channel_ids.length > 0 || areOlder;
      });
    },
    failed: failedOf(app, 'pruning the audit log'),
  });
}

function failedOf(app: App, work: string): (error: unknown) => void {
  return (error) => app.log.error({ err: error }, `${work} failed; it is tried again`);
}
