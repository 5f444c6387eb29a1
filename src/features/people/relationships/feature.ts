// The feature of friends, requests and blocks.
import { relationships } from '../../../db/schema/people.ts';
import { feature } from '../../feature.ts';
import { partFromSome } from './clearing.ts';
import * as events from './events.ts';
import * as ready from './ready.ts';
import * as routes from './routes.ts';

export const relationshipsFeature = feature({
  name: 'relationships',
  modules: [routes, events, ready],
  tables: [relationships],
  keeps: { account: [partFromSome] },
});
