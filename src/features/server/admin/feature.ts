// The feature of administration: accounts, spaces and settings of the whole server.
import { feature } from '../../feature.ts';

export const adminFeature = feature({
  name: 'admin',
  acts: ['setting_update', 'user_update', 'user_delete', 'password_reset', 'space_update'],
});
