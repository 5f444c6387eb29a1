// The REST surface of the server itself: health, version, the address of the gateway.
import { z } from 'zod';
import { account, anyone } from '../../../access/rules.ts';
import type { App } from '../../../app.ts';
import { endpoint, type RequestFacts } from '../../../http/endpoint.ts';
import { sessionsOfUser } from '../../../gateway/store.ts';
import { BotGateway, GatewayAddress, Version } from './schema.ts';

/** The gateway's public URL: from `PUBLIC_URL` if set, otherwise from the request's own URL. */
function gatewayUrl(app: App, request: RequestFacts): string {
  const base = new URL(app.config.PUBLIC_URL ?? request.url);
  const scheme = base.protocol === 'https:' ? 'wss' : 'ws';
  const path = app.config.PUBLIC_URL === null ? '' : base.pathname.replace(/\/$/, '');
  return `${scheme}://${base.host}${path}/ws?v=1&encoding=json`;
}

export const getHealth = endpoint({
  method: 'GET',
  at: 'root',
  path: '/health',
  summary: 'Whether the server answers, and can write its database',
  access: anyone,
  returns: z.string(),
  form: 'raw',
  content_type: 'text/plain',
  run: ({ app }) => {
    const trouble = app.trouble();
    return new Response(trouble === null ? 'ok' : `database ${trouble.replace('_', '-')}`, {
      status: trouble === null ? 200 : 503,
      headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    });
  },
});

export const getVersion = endpoint({
  method: 'GET',
  path: '/version',
  summary: 'Which version this is',
  access: anyone,
  returns: Version,
  form: 'plain',
  run: ({ app }) => app.version,
});

export const getGateway = endpoint({
  method: 'GET',
  path: '/gateway',
  summary: 'The address of the gateway',
  access: anyone,
  returns: GatewayAddress,
  run: ({ app, request }) => ({ url: gatewayUrl(app, request) }),
});

export const getBotGateway = endpoint({
  method: 'GET',
  path: '/gateway/bot',
  summary: 'The address of the gateway, and how many sessions may yet begin',
  access: account,
  returns: BotGateway,
  run({ app, actor, request }) {
    const total = app.config.MAX_SESSIONS_PER_ACCOUNT;
    const remaining = Math.max(0, total - sessionsOfUser(app.db, actor.id).length);
    return {
      url: gatewayUrl(app, request),
      shards: 1 as const,
      // There is no quota to run out of: a new session replaces the oldest.
      session_start_limit: { total, remaining, reset_after: 0, max_concurrency: total },
    };
  },
});
