// The feature of bans.
import { feature } from '../feature.ts';
import * as events from './events.ts';
import * as routes from './routes.ts';

export const bansFeature = feature({ name: 'bans', modules: [routes, events] });
