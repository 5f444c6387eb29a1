// The feature of muted channels.
import { feature } from '../../feature.ts';
import * as routes from './routes.ts';

export const mutesFeature = feature({ name: 'mutes', modules: [routes] });
