// The feature of the documents of the server itself.
import { feature } from '../../feature.ts';
import * as routes from './routes.ts';

export const documentsFeature = feature({ name: 'documents', modules: [routes] });
