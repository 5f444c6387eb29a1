// The feature of channels.
import { feature } from '../feature.ts';
import * as consequences from './consequences.ts';
import * as events from './events.ts';
import * as routes from './routes.ts';

export const channelsFeature = feature({
  name: 'channels',
  modules: [routes, events, consequences],
});
