// The paths of endpoints: what the router matches, how they are grouped, and which are refused.
import { getPath } from 'hono/utils/url';
import { ApiError } from '../errors.ts';
import { apiPrefix } from './endpoint.ts';

/** The path that the router matches. Many programs write `@me` as `%40me`. */
export function pathOf(request: Request): string {
  const path = getPath(request);
  return path.includes('%40') ? path.replaceAll('%40', '@') : path;
}

/** Refuses a path that is not valid percent-encoding: the router leaves it undecoded. */
export function refuseBroken(path: string): void {
  if (!path.includes('%')) return;
  try {
    decodeURIComponent(path);
  } catch {
    throw new ApiError('invalid_request', 'The path is not percent-encoded UTF-8.');
  }
}

/** `/api/v1/spaces/:id` → [`/api/v1/spaces`, `/:id`]; elsewhere `/cdn/:x` → [`/cdn`, `/:x`]. */
export function splitPrefix(path: string): [prefix: string, rest: string] {
  const parts = path.split('/');
  const depth = path.startsWith(apiPrefix) ? 4 : 2;
  const prefix = parts.slice(0, depth).join('/');
  return [prefix || '/', path.slice(prefix.length) || ''];
}
