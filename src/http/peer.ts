// The other end of a connection: the socket's address, and the client's behind trusted proxies.
import type { App, StateName } from '../app.ts';
import { clientAddress } from '../lib/address.ts';

/** The part of Bun's server that gives the address of a peer. */
export interface PeerAddress {
  requestIP(request: Request): { address: string; port: number } | null;
}

/** Tells once that a proxy may be missing in `TRUSTED_PROXIES`. */
const untrustedProxy: StateName<(address: string) => void> = {
  create({ log }) {
    let isTold = false;
    return (address) => {
      if (isTold) return;
      isTold = true;
      log.notice(
        { address },
        'X-Forwarded-For comes from an address that TRUSTED_PROXIES does not name, so it is not believed: if a proxy of yours has this address, name it there, or all clients count as one',
      );
    };
  },
};

/** Returns the address of the socket itself, whoever is behind it; `unknown` if Bun knows none. */
export function socketAddressOf(request: Request, peer: PeerAddress): string {
  return peer.requestIP(request)?.address ?? 'unknown';
}

/** Headers that a proxy adds to what it passes on. */
const forwarding = [
  'x-forwarded-for',
  'x-real-ip',
  'forwarded',
  'x-forwarded-host',
  'x-forwarded-proto',
  'via',
];

/** Tells whether a proxy has passed the request on, as far as its headers say. */
export function isForwarded(request: { header(name: string): string | null }): boolean {
  return forwarding.some((name) => request.header(name) !== null);
}

/** Returns the client's IP address, for requests and sockets; `unknown` if Bun knows none. */
export function addressOf(app: App, request: Request, peer: PeerAddress): string {
  return clientAddress(
    socketAddressOf(request, peer),
    request.headers.get('x-forwarded-for'),
    app.config.TRUSTED_PROXIES,
    app.state(untrustedProxy),
  );
}

/** Names the connection that a request came on. */
export function connectionOf(request: Request, peer: PeerAddress): string {
  const { address, port } = peer.requestIP(request) ?? { address: 'unknown', port: 0 };
  return `${address} ${port}`;
}
