// The feature of calls in conversations: ringing, and the end of a call.
import { feature } from '../../feature.ts';
import * as consequences from './consequences.ts';
import * as events from './events.ts';
import { withoutOldRings } from './replay.ts';
import * as ringing from './ringing.ts';
import * as routes from './routes.ts';

export const callsFeature = feature({
  name: 'calls',
  modules: [routes, events, consequences, ringing],
  hooks: { retells: withoutOldRings },
});
