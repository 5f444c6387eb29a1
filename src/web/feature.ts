// The feature of the web client.
import { feature } from '../features/feature.ts';
import * as routes from './routes.ts';

export const webFeature = feature({ name: 'web', modules: [routes] });
