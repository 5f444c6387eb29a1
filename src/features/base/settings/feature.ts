// The feature of the settings of the server.
import { instance } from '../../../db/schema/people.ts';
import { feature } from '../../feature.ts';
import { rememberAddress } from './address.ts';
import * as routes from './routes.ts';

export const settingsFeature = feature({
  name: 'settings',
  modules: [routes],
  tables: [instance],
  start: rememberAddress,
});
