// The REST surface of plugins: clients list them at every connect, but cannot install any yet.
import { z } from 'zod';
import { channel, spaceMember } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { pluginsOf } from './queries.ts';
import { Plugin, PluginSession, PluginsQuery } from './schema.ts';
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

export const listActiveSessions = endpoint({
  method: 'GET',
  path: '/channels/:channel_id/sessions/active',
  summary: 'List running plugin sessions; always empty, since plugins do not run yet',
  access: channel('view_channel'),
  returns: z.array(PluginSession),
  run: () => [],
});
