// The feature of public keys, with which clients encrypt what they say in conversations.
import { encryption_keys } from '../../../db/schema/conversations.ts';
import { rowsWith } from '../../base/clearing/rows.ts';
import { feature } from '../../feature.ts';
import * as routes from './routes.ts';

export const encryptionFeature = feature({
  name: 'encryption',
  modules: [routes],
  tables: [encryption_keys],
  acts: ['keys_clear'],
  keeps: { account: [rowsWith(encryption_keys.user_id)] },
});
