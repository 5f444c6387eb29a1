// The feature of stored files.
import { file_removals } from '../../db/schema/files.ts';
import { feature } from '../feature.ts';
import { startFiles } from './start.ts';

export const filesFeature = feature({ name: 'files', tables: [file_removals], start: startFiles });
