// The feature of registering and logging in.
import { feature } from '../../feature.ts';
import * as routes from './routes.ts';

export const authFeature = feature({ name: 'auth', modules: [routes] });
