// The feature of presence.
import { feature } from '../../feature.ts';
import * as commands from './commands.ts';
import * as events from './events.ts';
import * as routes from './routes.ts';
import * as sessions from './sessions.ts';

export const presenceFeature = feature({
  name: 'presence',
  modules: [events, commands, sessions, routes],
  hooks: sessions.presenceHooks,
  start: sessions.startPresence,
});
