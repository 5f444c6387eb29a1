// Finds files that no row names: what a crash has left between the disk and the database.
import type { App } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import { repeat } from '../../../lib/repeat.ts';
import { featuresOf, type FileKind } from '../../feature.ts';

/** The row of a younger file may be about to be written. */
const youngest_ms = 3_600_000;

/** What a crash has left is too young at the start after it. */
const every_ms = 3_600_000;

const temporary = /^tmp\/[0-9a-f-]{36}$/;

/** Whether a row names the file. What is not one of our own paths is somebody else's, and stays. */
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

/** Removes old files that nobody knows, temporary ones included. */
async function removeStrays(app: App, isOver: () => boolean): Promise<void> {
  // The files' times are those of the machine, whatever clock the server goes by.
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
    // Files that are known are found without waiting for anything, and everybody else would wait.
    await Bun.sleep(1);
  }
  if (count > 0) app.log.info({ count }, 'removed files that no row names');
  // One that cannot be removed keeps no other; a line for each would come again every hour.
  if (failures.length === 0) return;
  const facts = { err: failures[0], count: failures.length };
  app.log.error(facts, 'files that no row names could not be removed; it is tried again');
}

/** Begins to search, now and every hour, beside everything else; answers how to stop. */
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
