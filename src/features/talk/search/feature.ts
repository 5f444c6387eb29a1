// The feature of searching messages.
import { feature } from '../../feature.ts';
import { startIndexing } from './indexing.ts';
import * as routes from './routes.ts';

export const searchFeature = feature({ name: 'search', modules: [routes], start: startIndexing });
