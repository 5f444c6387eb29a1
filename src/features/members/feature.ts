// The feature of memberships.
import { feature } from '../feature.ts';
import * as commands from './commands.ts';
import * as consequences from './consequences.ts';
import * as events from './events.ts';
import * as routes from './routes.ts';

export const membersFeature = feature({
  name: 'members',
  modules: [routes, events, commands, consequences],
});
