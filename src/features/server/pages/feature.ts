// The feature of pages for people with a browser.
import { feature } from '../../feature.ts';
import * as routes from './routes.ts';

export const pagesFeature = feature({ name: 'pages', modules: [routes] });
