// Leads whoever asks for an address with a slash at its end to the address without it.
import { apiPrefix } from './endpoint.ts';
import { pathOf } from './paths.ts';

/**
 * Returns where to go, if something is there; null otherwise. The address is relative, so that it is right
 * below the path of a proxy as well. The API is for programs, and stays strict.
 */
export function withoutSlash(
  request: Request,
  isThere: (path: string) => boolean,
): Response | null {
  const path = pathOf(request);
  const [, before] = /^(.*[^/])\/$/.exec(path) ?? [];
  if (request.method !== 'GET' || before === undefined) return null;
  if (before.startsWith(apiPrefix) || !isThere(before)) return null;
  const { pathname, search } = new URL(request.url);
  const last = pathname.split('/').at(-2) ?? '';
  return new Response(null, { status: 308, headers: { Location: `../${last}${search}` } });
}
