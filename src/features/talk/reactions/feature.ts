// The feature of reactions.
import { reactions } from '../../../db/schema/messages.ts';
import { feature } from '../../feature.ts';
import * as consequences from './consequences.ts';
import * as events from './events.ts';
import { withoutGoneReactors } from './replay.ts';
import * as routes from './routes.ts';

export const reactionsFeature = feature({
  name: 'reactions',
  modules: [routes, events, consequences],
  hooks: { retells: withoutGoneReactors },
  tables: [reactions],
  audits: ['reaction_delete'],
});
