// The feature of pages for people who come by a browser.
import { feature } from '../../feature.ts';
import * as routes from './routes.ts';

export const pagesFeature = feature({ name: 'pages', modules: [routes] });
