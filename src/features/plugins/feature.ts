// The feature of plugins.
import { feature } from '../feature.ts';
import * as routes from './routes.ts';

export const pluginsFeature = feature({ name: 'plugins', modules: [routes] });
