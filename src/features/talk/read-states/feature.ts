// The feature of what one has read.
import { feature } from '../../feature.ts';
import * as routes from './routes.ts';

export const readStatesFeature = feature({ name: 'read-states', modules: [routes] });
