// Adds messages to the search index: soon after they were sent, and before each search.
import type { App } from '../../../app.ts';
import { repeat } from '../../../lib/repeat.ts';
import { anyWaiting, indexWaiting } from '../messages/search-index.ts';

const every_ms = 1_000;
const slice = 200;

/** Indexes all waiting messages, a slice in each turn. */
export async function indexAll(app: App): Promise<void> {
  while (anyWaiting(app.db)) await app.write(({ tx }) => indexWaiting(tx, slice));
}

/** Begins to keep the index up to date; returns a function that stops it. */
export function startIndexing(app: App): () => void {
  return repeat({
    clock: app.clock,
    interval_ms: every_ms,
    work: () => indexAll(app),
    failed: (error) => app.log.error({ err: error }, 'indexing messages failed; it is tried again'),
  });
}
