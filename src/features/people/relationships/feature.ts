// The feature of friends and blocks.
import { feature } from '../../feature.ts';
import * as routes from './routes.ts';

export const relationshipsFeature = feature({ name: 'relationships', modules: [routes] });
