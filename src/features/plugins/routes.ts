// The REST surface of plugins: clients ask for them at every connect. Nothing installs one yet.
import { z } from 'zod';
import { spaceMember } from '../../access/rules.ts';
import { endpoint } from '../../http/endpoint.ts';
import { pluginsOf } from './queries.ts';
import { Plugin, PluginsQuery } from './schema.ts';
import { pluginView } from './view.ts';

export const listPlugins = endpoint({
  method: 'GET',
  path: '/spaces/:space_id/plugins',
  summary: 'List the plugins of a space; they cannot be installed yet',
  access: spaceMember,
  query: PluginsQuery,
  returns: z.array(Plugin),
  run({ app, space: { id }, query: { type = null, after = '', limit } }) {
    return pluginsOf(app.db, id, { type, after, limit }).map(pluginView);
  },
});
