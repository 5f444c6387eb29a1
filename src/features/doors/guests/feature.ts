// The feature of guests, who read without an account.
import { guest_tokens } from '../../../db/schema/people.ts';
import { feature } from '../../feature.ts';
import * as consequences from './consequences.ts';
import * as events from './events.ts';
import * as routes from './routes.ts';
import { guestHooks, startGuests } from './start.ts';

export const guestsFeature = feature({
  name: 'guests',
  modules: [routes, events, consequences],
  tables: [guest_tokens],
  hooks: guestHooks,
  start: startGuests,
});
