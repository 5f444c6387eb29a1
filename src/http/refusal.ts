// The response to a request refused outside of any endpoint, such as a WebSocket handshake.
import type { Config } from '../config.ts';
import type { ApiError } from '../errors.ts';
import { corsHeaders } from './cors.ts';

/** Returns the error in its envelope, with the headers that every response has. */
export function refusalOf(
  config: Config,
  request: Request,
  error: ApiError,
  more: Record<string, string> = {},
): Response {
  const headers: Record<string, string> = { ...corsHeaders(config, request), ...more };
  if (error.retryAfter_s !== undefined) headers['Retry-After'] = String(error.retryAfter_s);
  return Response.json(error.toBody(), { status: error.status, headers });
}
