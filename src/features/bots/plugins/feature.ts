// The feature of plugins.
import { plugins } from '../../../db/schema/files.ts';
import { rowsWith } from '../../base/clearing/rows.ts';
import { feature } from '../../feature.ts';
import * as routes from './routes.ts';

export const pluginsFeature = feature({
  name: 'plugins',
  modules: [routes],
  tables: [plugins],
  keeps: { space: [rowsWith(plugins.space_id)] },
  ids: [plugins],
});
