// The feature of logging in.
import { feature } from '../../feature.ts';
import * as routes from './routes.ts';

export const signingInFeature = feature({ name: 'signing-in', modules: [routes] });
