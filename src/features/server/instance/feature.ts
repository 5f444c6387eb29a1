// The feature of the server itself: what it needs at first, and how long its logs reach back.
import { feature } from '../../feature.ts';
import { bootstrap } from './bootstrap.ts';
import { startRetention } from './retention.ts';
import * as routes from './routes.ts';

export const instanceFeature = feature({
  name: 'instance',
  modules: [routes],
  async start(app) {
    await bootstrap(app);
    return startRetention(app);
  },
});
