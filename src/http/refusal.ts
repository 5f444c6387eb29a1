// The response to a request refused outside of any endpoint, such as a WebSocket handshake.
import type { Config } from '../config.ts';
import type { ApiError } from '../errors.ts';
import { corsHeaders, pagesOf } from './cors.ts';

/** Returns the error in its envelope, with the headers that every response has. */
export function refusalOf(
  config: Config,
  request: Request,
  error: ApiError,
  more: Record<string, string> = {},
): Response {
  const headers = { ...corsHeaders(pagesOf(config, request)), ...error.toHeaders(), ...more };
  return Response.json(error.toBody(), { status: error.status, headers });
}
