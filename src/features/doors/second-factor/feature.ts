// The feature of second factors: authenticator apps and backup codes.
import { backup_codes, second_factors } from '../../../db/schema/doors.ts';
import { feature } from '../../feature.ts';

export const secondFactorFeature = feature({
  name: 'second-factor',
  tables: [second_factors, backup_codes],
});
