// The feature of the API documents.
import { feature } from '../../feature.ts';
import * as routes from './routes.ts';

export const documentsFeature = feature({ name: 'documents', modules: [routes] });
