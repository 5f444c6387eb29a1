// The feature of the sounds of a space.
import { feature } from '../../feature.ts';
import * as routes from './routes.ts';

export const soundboardFeature = feature({ name: 'soundboard', modules: [routes] });
