// The feature of getting back in without the password.
import { recovery_codes } from '../../../db/schema/doors.ts';
import { feature } from '../../feature.ts';

export const recoveryFeature = feature({ name: 'recovery', tables: [recovery_codes] });
