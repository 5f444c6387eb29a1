// What the file store needs while the server runs: removals worked off, strays looked for.
import type { App } from '../../app.ts';
import { startRemovals } from './removals.ts';
import { startStraySearch } from './strays.ts';

/** Begins both; answers how to stop. */
export function startFiles(app: App): () => void {
  const ends = [startRemovals(app), startStraySearch(app)];
  return () => {
    for (const end of ends) end();
  };
}
