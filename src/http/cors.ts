// CORS: which web pages may call the server, as headers on every response.
import type { Config } from '../config.ts';

const exposed =
  'Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id';

/** The pages that may read an answer: `*`, the origin of the one that asks, or null for none. */
export type Pages = string | null;

/** Allows any origin if no list is configured; otherwise that of the request if it is in the list. */
export function pagesOf(config: Config, request: Request): Pages {
  const allowed = config.CORS_ALLOWED_ORIGINS;
  if (allowed.length === 0) return '*';
  const origin = request.headers.get('origin');
  return origin !== null && allowed.includes(origin) ? origin : null;
}

/** Returns the headers that every answer has which these pages may read. */
export function corsHeaders(pages: Pages): Record<string, string> {
  const headers: Record<string, string> = { 'X-Content-Type-Options': 'nosniff' };
  if (pages !== '*') headers['Vary'] = 'Origin';
  if (pages === null) return headers;
  headers['Access-Control-Allow-Origin'] = pages;
  headers['Access-Control-Expose-Headers'] = exposed;
  return headers;
}

/** Returns the response to any OPTIONS request: 200, without routing or rate limit. */
export function preflight(config: Config, request: Request): Response {
  return new Response(null, {
    status: 200,
    headers: {
      ...corsHeaders(pagesOf(config, request)),
      'Access-Control-Allow-Methods': 'GET, POST, PUT, PATCH, DELETE, OPTIONS',
      'Access-Control-Allow-Headers':
        'authorization, content-type, accept, user-agent, x-audit-log-reason, x-device-name',
      'Access-Control-Max-Age': '86400',
      Vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
      'Content-Length': '0',
    },
  });
}
