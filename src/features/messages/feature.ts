// The feature of messages and their threads.
import { feature } from '../feature.ts';
import { startClearing } from './clearing.ts';
import * as consequences from './consequences.ts';
import * as events from './events.ts';
import * as routes from './routes.ts';
import { retell } from './telling.ts';
import * as threadRoutes from './thread-routes.ts';

export const messagesFeature = feature({
  name: 'messages',
  modules: [routes, threadRoutes, events, consequences],
  hooks: { retells: retell },
  start: startClearing,
});
