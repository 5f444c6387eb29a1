// The feature of the audit log.
import { feature } from '../feature.ts';
import * as events from './events.ts';
import * as routes from './routes.ts';

export const auditLogFeature = feature({ name: 'audit-log', modules: [routes, events] });
