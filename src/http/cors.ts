// CORS: which web pages may call the server, as headers on every response.
import type { Config } from '../config.ts';

const exposed =
  'Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id';
const anyOrigin = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': exposed,
  'X-Content-Type-Options': 'nosniff',
} as const;

/** Allows any origin if no list is configured; otherwise echoes the origin if it is in the list. */
export function corsHeaders(config: Config, request: Request): Record<string, string> {
  const allowed = config.CORS_ALLOWED_ORIGINS;
  if (allowed.length === 0) return { ...anyOrigin };
  const origin = request.headers.get('origin');
  const base = { 'X-Content-Type-Options': 'nosniff', Vary: 'Origin' };
  if (origin === null || !allowed.includes(origin)) return base;
  return {
    ...base,
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': exposed,
  };
}

/** Returns the response to any OPTIONS request: 200, without routing or rate limit. */
export function preflight(config: Config, request: Request): Response {
  return new Response(null, {
    status: 200,
    headers: {
      ...corsHeaders(config, request),
      'Access-Control-Allow-Methods': 'GET, POST, PUT, PATCH, DELETE, OPTIONS',
      'Access-Control-Allow-Headers':
        'authorization, content-type, accept, user-agent, x-audit-log-reason, x-device-name',
      'Access-Control-Max-Age': '86400',
      Vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
      'Content-Length': '0',
    },
  });
}
