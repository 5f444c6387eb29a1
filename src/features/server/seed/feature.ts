// The feature that makes what test suites of clients start from.
import { feature } from '../../feature.ts';
import * as routes from './routes.ts';

export const seedFeature = feature({ name: 'seed', modules: [routes] });
