// The feature of leaving the server: deletion of accounts, and the export of what they hold.
import { feature } from '../../feature.ts';

export const accountsFeature = feature({ name: 'accounts' });
