// Orders and groups the paths of endpoints for the router, and refuses bad ones.
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

/** Throws for paths that differ only in their parameters' names: one would hide the other. */
export function refuseAmbiguous(paths: readonly string[]): void {
  const shapes = Map.groupBy(paths, (path) => path.replace(/:[a-z_]+/g, ':'));
  for (const same of shapes.values()) {
    if (same.length > 1) throw new Error(`name the parameters alike: ${same.join(', ')}`);
  }
}

/** `/api/v1/spaces/:id` → [`/api/v1/spaces`, `/:id`]; elsewhere `/cdn/:x` → [`/cdn`, `/:x`]. */
export function splitPrefix(path: string): [prefix: string, rest: string] {
  const parts = path.split('/');
  const depth = path.startsWith(apiPrefix) ? 4 : 2;
  const prefix = parts.slice(0, depth).join('/');
  return [prefix || '/', path.slice(prefix.length) || ''];
}

/** Compares two paths segment by segment: literals come before parameters. */
export function literalsFirst(a: string, b: string): number {
  const left = a.split('/');
  const right = b.split('/');
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = Number(left[index]?.startsWith(':')) - Number(right[index]?.startsWith(':'));
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}
