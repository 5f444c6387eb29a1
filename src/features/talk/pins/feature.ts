// The feature of pinned messages.
import { feature } from '../../feature.ts';
import * as events from './events.ts';
import * as routes from './routes.ts';

export const pinsFeature = feature({
  name: 'pins',
  modules: [routes, events],
  audits: ['message_pin', 'message_unpin'],
});
