// The feature of applications, which are bots and their owners.
import { applications } from '../../../db/schema/people.ts';
import { feature } from '../../feature.ts';
import * as routes from './routes.ts';

export const applicationsFeature = feature({
  name: 'applications',
  modules: [routes],
  tables: [applications],
  ids: [applications],
});
