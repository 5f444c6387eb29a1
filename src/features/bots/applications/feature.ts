// The feature of applications: bots, and the people who own them.
import { applications } from '../../../db/schema/people.ts';
import { feature } from '../../feature.ts';
import { clearBot, startForgetting } from './forgetting.ts';
import * as routes from './routes.ts';

export const applicationsFeature = feature({
  name: 'applications',
  modules: [routes],
  tables: [applications],
  ids: [applications],
  clears: { deleted_bot: (turn, { target_id }) => clearBot(turn, target_id) },
  start: startForgetting,
});
