// The feature of stored files: while the server runs, it removes unneeded files and finds strays.
import { file_removals } from '../../../db/schema/files.ts';
import { feature } from '../../feature.ts';
import { startRemovals } from './removals.ts';
import { startStraySearch } from './strays.ts';

export const filesFeature = feature({
  name: 'files',
  tables: [file_removals],
  start(app) {
    const ends = [startRemovals(app), startStraySearch(app)];
    return () => ends.forEach((end) => end());
  },
});
