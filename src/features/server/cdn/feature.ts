// The feature that serves stored files.
import { feature } from '../../feature.ts';
import * as routes from './routes.ts';

export const cdnFeature = feature({ name: 'cdn', modules: [routes] });
