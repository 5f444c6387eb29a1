// The feature of READY and the gateway's own events.
import * as gatewayEvents from '../../../gateway/events.ts';
import { feature } from '../../feature.ts';
import * as events from './events.ts';

export const readyFeature = feature({ name: 'ready', modules: [events, gatewayEvents] });
