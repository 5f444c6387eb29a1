// The feature of getting back in without the password.
import { recovery_codes } from '../../../db/schema/doors.ts';
import { rowsWith } from '../../base/clearing/rows.ts';
import { feature } from '../../feature.ts';
import * as consequences from './consequences.ts';
import * as routes from './routes.ts';

export const recoveryFeature = feature({
  name: 'recovery',
  modules: [routes, consequences],
  tables: [recovery_codes],
  acts: ['recovery_create'],
  keeps: { account: [rowsWith(recovery_codes.user_id)] },
});
