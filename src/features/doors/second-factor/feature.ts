// The feature of second factors: authenticator apps and backup codes.
import { backup_codes, second_factors } from '../../../db/schema/doors.ts';
import { feature } from '../../feature.ts';
import * as consequences from './consequences.ts';
import * as routes from './routes.ts';
import { remarkUnreadable } from './secrets.ts';

export const secondFactorFeature = feature({
  name: 'second-factor',
  modules: [routes, consequences],
  tables: [second_factors, backup_codes],
  start: remarkUnreadable,
});
