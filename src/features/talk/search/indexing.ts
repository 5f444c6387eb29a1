// Adds messages to the search index, and merges it: soon after they were sent, and before each search.
import type { App, StateName } from '../../../app.ts';
import type { Tx } from '../../../db/open.ts';
import { ApiError } from '../../../errors.ts';
import { repeat } from '../../../lib/repeat.ts';
import {
  anyWaiting,
  indexWaiting,
  manyWaiting,
  mergeSlice,
  segmentsOf,
} from '../messages/search-index.ts';

const every_ms = 1_000;

/** A search waits no longer than this until the messages that were sent before it are indexed. */
const maxWait_ms = 500;

/** Nobody waits longer than this for a database that cannot be written. */
const brief = { wait_ms: 100, again: false, costly: true };

/** Below so many events in a round, there is time to tidy up. */
const quiet = 200;

/** Above so many segments the index is merged: when little happens, and in any case. */
const maxSegments = { quiet: 16, busy: 64 };

interface Indexing {
  /** What is being added now: all who wait for it wait for the same. */
  running: Promise<void> | null;
  /** So many segments there were when nothing was left to merge. */
  merged: number;
  isOver: boolean;
}

const indexing: StateName<Indexing> = {
  create: () => ({ running: null, merged: 0, isOver: false }),
};

/**
 * Adds all waiting messages, a slice in each turn. If the database cannot be written, they go on
 * waiting.
 */
export function indexAll(app: App): Promise<void> {
  const state = app.state(indexing);
  state.running ??= indexSlices(app, state).finally(() => {
    state.running = null;
  });
  return state.running;
}

async function indexSlices(app: App, state: Indexing): Promise<void> {
  while (!state.isOver && app.trouble() === null && anyWaiting(app.db)) {
    if ((await slice(app, indexWaiting)) === null) return;
    // So many messages may come that this never ends.
    await mergeAbove(app, maxSegments.busy, state);
  }
}

/** Does a slice in a turn, and tells whether there is more; null if the database cannot be written. */
async function slice(app: App, work: (tx: Tx) => boolean): Promise<boolean | null> {
  try {
    return await app.write<boolean>(({ tx }) => work(tx), brief);
  } catch (error) {
    if (error instanceof ApiError && error.problem === 'unavailable') return null;
    throw error;
  }
}

/** Merges the index, a slice in each turn, until it has no more segments than that, if it can. */
async function mergeAbove(app: App, max: number, state: Indexing): Promise<void> {
  for (;;) {
    const segments = segmentsOf(app.db);
    if (state.isOver || app.trouble() !== null || segments <= max) return;
    if (segments === state.merged) return;
    const isMore = await slice(app, mergeSlice);
    if (isMore === false) state.merged = segments;
    if (isMore !== true) return;
  }
}

/**
 * Indexes before a search. If more waits than can be added soon, or the database cannot be written,
 * the newest messages are not found.
 */
export async function indexNow(app: App): Promise<void> {
  if (app.trouble() !== null || !anyWaiting(app.db)) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = app.clock.after(maxWait_ms, resolve);
  await Promise.race([indexAll(app), promise]).finally(cancel);
}

/** Begins to keep the index up to date; returns a function that stops it. */
export function startIndexing(app: App): () => void {
  const state = app.state(indexing);
  let seen = app.seq();
  let isBehind = manyWaiting(app.db);
  if (isBehind) {
    app.log.info(
      {},
      'many messages are not in the search index yet: until they are, not all are found',
    );
  }
  const cancel = repeat({
    clock: app.clock,
    interval_ms: every_ms,
    async work() {
      await indexAll(app);
      if (isBehind && !anyWaiting(app.db)) {
        isBehind = false;
        app.log.info({}, 'all messages are in the search index');
      }
      const isQuiet = app.seq() - seen < quiet;
      seen = app.seq();
      await mergeAbove(app, isQuiet ? maxSegments.quiet : maxSegments.busy, state);
    },
    failed: (error) => app.log.error({ err: error }, 'indexing messages failed; it is tried again'),
  });
  return () => {
    state.isOver = true;
    cancel();
  };
}
