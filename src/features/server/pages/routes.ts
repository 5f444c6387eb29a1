// Serves the page at the server's address, and whether an update is available.
import { z } from 'zod';
import { anyone } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { readSettings } from '../../base/settings/queries.ts';
import { setupCode } from '../../doors/claim/setup-code.ts';
import { oldestSpace } from '../../spaces/spaces/queries.ts';
import { rooms } from '../../live/voice/rooms.ts';
import { census } from './census.ts';
import { frontPage } from './front-page.ts';
import { UpdateStatus } from './schema.ts';

export const getFrontPage = endpoint({
  method: 'GET',
  at: 'root',
  path: '/',
  summary: 'The page of this server, for browsers: what it is, and how to come in',
  access: anyone,
  returns: z.string(),
  form: 'raw',
  content_type: 'text/html',
  prepare: ({ app }) => app.state(census)(),
  run: ({ app, request, prepared }) =>
    frontPage({
      settings: readSettings(app.db),
      version: app.version.version,
      has_voice: rooms(app).livekit !== null,
      census: prepared,
      home: oldestSpace(app.db),
      is_unclaimed: setupCode(app) !== null,
      origin: app.address.originFor(request.header('host'), request.address()),
    }),
});

export const getUpdateStatus = endpoint({
  method: 'GET',
  at: 'root',
  path: '/update-status',
  summary: 'Whether an update of the server waits; never known, since hosts update it themselves',
  access: anyone,
  returns: UpdateStatus,
  form: 'plain',
  run: ({ app }) => ({
    phase: 'unknown' as const,
    current_version: app.version.version,
    new_version: null,
    message: null,
  }),
});
