// The feature of stored files: while the server runs, it removes unneeded files and sets strays aside.
import { file_removals, storage_sums, uploads } from '../../../db/schema/files.ts';
import { feature } from '../../feature.ts';
import { startForgetting } from './quota.ts';
import { startRemovals } from './removals.ts';
import { startStraySearch } from './strays.ts';

export const filesFeature = feature({
  name: 'files',
  tables: [file_removals, storage_sums, uploads],
  async start(app) {
    // First, since it finds out whose folder it is.
    const ends = [await startStraySearch(app), startRemovals(app), startForgetting(app)];
    return () => ends.forEach((end) => end());
  },
});
