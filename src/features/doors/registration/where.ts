// Where a registration comes from, as far as that can be relied on.
import type { App } from '../../../app.ts';
import type { RequestFacts } from '../../../http/endpoint.ts';
import { isForwarded } from '../../../http/peer.ts';
import { addressKey, isLoopback, isLoopbackHost, isWithin } from '../../../lib/address.ts';

/**
 * Tells whether the request surely comes from a program on the machine itself: no proxy is in use, and
 * none has passed it on. A page in a browser sends `Origin`, and may be anybody's. Whoever calls the
 * machine by another name comes through something that says no more of itself, such as a tunnel.
 */
export function isAtMachine({ config }: App, request: RequestFacts): boolean {
  const { PUBLIC_URL, TRUSTED_PROXIES } = config;
  return (
    PUBLIC_URL === null &&
    TRUSTED_PROXIES.length === 0 &&
    isLoopback(request.socket()) &&
    !isForwarded(request) &&
    request.header('origin') === null &&
    isLoopbackHost(request.header('host') ?? '')
  );
}

/**
 * Returns the client's address as doors are kept by; null if it may be that of a proxy, behind which
 * everybody has the same one.
 */
export function doorKey({ config }: App, request: RequestFacts): string | null {
  const { PUBLIC_URL, TRUSTED_PROXIES } = config;
  const isBehindTrusted = isWithin(request.socket(), TRUSTED_PROXIES);
  // The server itself speaks no TLS: with https, something in front of it does.
  const isProxied = isForwarded(request) || PUBLIC_URL?.startsWith('https:') === true;
  if (isProxied && !isBehindTrusted) return null;
  const address = request.address();
  if (address === 'unknown' || isWithin(address, TRUSTED_PROXIES)) return null;
  return addressKey(address);
}
