// The feature of what clients ask for at login.
import { feature } from '../feature.ts';
import * as routes from './routes.ts';

export const browsingFeature = feature({ name: 'browsing', modules: [routes] });
