// The feature of second factors: authenticator apps and backup codes.
import { backup_codes, second_factors } from '../../../db/schema/doors.ts';
import { rowsWith } from '../../base/clearing/rows.ts';
import { feature } from '../../feature.ts';
import * as consequences from './consequences.ts';
import * as routes from './routes.ts';
import { remarkUnreadable } from './secrets.ts';

export const secondFactorFeature = feature({
  name: 'second-factor',
  modules: [routes, consequences],
  tables: [second_factors, backup_codes],
  start: remarkUnreadable,
  keeps: { account: [rowsWith(second_factors.user_id), rowsWith(backup_codes.user_id)] },
});
