// The feature of claiming a server: how the first account comes to administer it.
import { feature } from '../../feature.ts';
import * as routes from './routes.ts';

export const claimFeature = feature({
  name: 'claim',
  modules: [routes],
  acts: ['admin_claim'],
});
