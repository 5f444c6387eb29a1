// The feature of leaving the server: deletion of accounts, the export of what they hold, handing spaces over.
import { feature } from '../../feature.ts';
import { deletedAccounts } from './clearing.ts';
import * as routes from './routes.ts';

export const accountsFeature = feature({
  name: 'accounts',
  modules: [routes],
  hides: [deletedAccounts],
});
