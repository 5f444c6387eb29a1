// The feature of the server itself: what a new database needs, and how long logs are kept.
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
