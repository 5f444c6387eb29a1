// The feature of spaces.
import { feature } from '../feature.ts';
import * as events from './events.ts';
import * as routes from './routes.ts';

export const spacesFeature = feature({ name: 'spaces', modules: [routes, events] });
