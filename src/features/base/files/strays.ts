// Removes files that no row names, such as those that a crash left behind.
import type { App } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import { repeat } from '../../../lib/repeat.ts';
import { featuresOf, type FileKind } from '../../feature.ts';

/** Files younger than this are left alone: their row may not be written yet. */
const youngest_ms = 3_600_000;

/** Strays from a crash are still too young at the next start, so the search is repeated. */
const every_ms = 3_600_000;

const temporary = /^tmp\/[0-9a-f-]{36}$/;

/** Tells whether a row names the file. A path of no known kind is not ours, and stays. */
function isKnown(db: Db, kinds: readonly FileKind[], path: string): boolean {
  const found = kinds.flatMap(({ path: pattern, row }) => {
    const match = pattern.exec(path);
    return match === null ? [] : [{ row, values: match.slice(1) }];
  });
  return (
    found.length === 0 ||
    found.some(({ row, values }) => db.sqlite.query(row).get(...values) !== null)
  );
}

/** Removes old files without a row, including temporary ones. */
async function removeStrays(app: App, isOver: () => boolean): Promise<void> {
  // File times come from the machine, not from the server's clock.
  const before_ms = Date.now() - youngest_ms;
  const kinds = featuresOf(app).flatMap(({ files = [] }) => files);
  const slices = app.files.strays(before_ms, (path) => isOver() || isKnown(app.db, kinds, path));
  const failures: unknown[] = [];
  let count = 0;
  for await (const paths of slices) {
    for (const path of paths) {
      if (isOver()) return;
      if (path.startsWith('tmp/') && !temporary.test(path)) continue;
      try {
        await app.files.remove(path);
        count += 1;
      } catch (error) {
        failures.push(error);
      }
    }
    if (isOver()) return;
    // Looking up known files never waits, so without a pause nothing else would run.
    await Bun.sleep(1);
  }
  if (count > 0) app.log.info({ count }, 'removed files that no row names');
  // All failures share one log line: a line for each file would come again every hour.
  if (failures.length === 0) return;
  const facts = { err: failures[0], count: failures.length };
  app.log.error(facts, 'files that no row names could not be removed; it is tried again');
}

/** Starts the search, now and every hour; returns a function that stops it. */
export function startStraySearch(app: App): () => void {
  return repeat({
    clock: app.clock,
    interval_ms: every_ms,
    isEager: true,
    work: (isOver) => removeStrays(app, isOver),
    failed: (error) =>
      app.log.error({ err: error }, 'the search for files that no row names has failed'),
  });
}
