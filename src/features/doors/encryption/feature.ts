// The feature of public keys, with which clients encrypt what they say in conversations.
import { encryption_keys } from '../../../db/schema/conversations.ts';
import { feature } from '../../feature.ts';
import * as routes from './routes.ts';

export const encryptionFeature = feature({
  name: 'encryption',
  modules: [routes],
  tables: [encryption_keys],
});
