// The REST endpoints of the server's settings.
import { anyone } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { readSettings, uploadLimit } from './queries.ts';
import { PublicSettings } from './schema.ts';
import { publicSettings } from './view.ts';

export const getSettings = endpoint({
  method: 'GET',
  path: '/settings',
  summary: 'Read what one needs to know before registering: policy, terms, limits',
  access: anyone,
  returns: PublicSettings,
  run: ({ app }) => publicSettings(readSettings(app.db), uploadLimit(app)),
});
