// The feature of read states.
import { feature } from '../../feature.ts';
import * as routes from './routes.ts';

export const readStatesFeature = feature({ name: 'read-states', modules: [routes] });
