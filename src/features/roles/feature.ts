// The feature of roles.
import { feature } from '../feature.ts';
import * as consequences from './consequences.ts';
import * as events from './events.ts';
import * as routes from './routes.ts';

export const rolesFeature = feature({ name: 'roles', modules: [routes, events, consequences] });
