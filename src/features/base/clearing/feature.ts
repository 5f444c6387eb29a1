// The feature that clears, in slices, rows that other features have deleted or hidden.
import { clearings } from '../../../db/schema/work.ts';
import { feature } from '../../feature.ts';
import { startClearing } from './slices.ts';

export const clearingFeature = feature({
  name: 'clearing',
  tables: [clearings],
  start: startClearing,
});
