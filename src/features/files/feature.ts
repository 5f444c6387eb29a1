// The feature of stored files.
import { feature } from '../feature.ts';
import { startFiles } from './start.ts';

export const filesFeature = feature({ name: 'files', start: startFiles });
