// The address at which clients reach this server: set by the operator, or learned from admins.
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isPublicAddress } from './public-fetch.ts';

/** How long the list of network interfaces is kept before it is read again. */
const interfacesAge_ms = 10_000;

/** The longest name of a host, and a port; parsing a longer one can take long. */
const maxHost = 255 + 6;

export class OwnAddress {
  readonly #configured: string | null;
  readonly #now: () => number;
  #listens = 'http://localhost';
  #learned: string | null = null;
  #last: string | null = null;
  #keep: (origin: string) => void = () => {};
  #interfaces: ReadonlySet<string> = new Set();
  #interfacesRead_ms = Number.NEGATIVE_INFINITY;

  constructor(configured: string | null, now: () => number = () => performance.now()) {
    this.#configured = configured;
    this.#now = now;
  }

  /** Says where the server listens. Of all addresses of the machine, `localhost` is the safe guess. */
  listensOn(port: number, bound = '::'): void {
    const host = ['::', '0.0.0.0', ''].includes(bound) ? 'localhost' : bound;
    this.#listens = `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  }

  /** Goes on with what an earlier run learned, unless the machine has another address now. */
  remember(origin: string | null, keep: (origin: string) => void): void {
    this.#keep = keep;
    const host = origin === null ? null : (URL.parse(origin)?.host ?? null);
    if (host !== null && this.#own(host) !== null) this.#learned = origin;
  }

  /** The operator's address, or `http://host:port`; without a slash at the end. */
  get origin(): string {
    return this.#configured ?? this.#learned ?? this.#listens;
  }

  /**
   * Learns the origin from the `Host` of an admin's request: anybody else could choose where
   * others fetch files. Accepts only names of this machine, with any port, as containers have one.
   * What only this machine understands takes no place from what others do. `sender` returns the
   * client's address.
   */
  learn(host: string | null, sender: () => string): void {
    if (this.#configured !== null || host === null || host === this.#last) return;
    const url = this.#own(host);
    if (url !== null && isGuess(url, sender)) return;
    this.#last = host;
    if (url === null || url.origin === this.#learned || this.#isNarrower(url)) return;
    this.#learned = url.origin;
    this.#keep(url.origin);
  }

  /** Tells whether fewer can reach this address than the one that was learned, which still holds. */
  #isNarrower(url: URL): boolean {
    const learned = this.#learned === null ? null : URL.parse(this.#learned);
    if (learned === null || !isLoopback(url) || isLoopback(learned)) return false;
    return this.#own(learned.host) !== null;
  }

  /**
   * Returns the operator's address, else the origin of the request's `Host`, for a response to that
   * client only; null if the `Host` may be false or a guess.
   */
  originFor(host: string | null, sender: string): string | null {
    if (this.#configured !== null || host === null) return this.#configured;
    const url = this.#own(host);
    return url === null || isGuess(url, () => sender) ? null : url.origin;
  }

  /** Returns the URL of a host that is a name of this machine, with any port; else null. */
  #own(host: string): URL | null {
    const url = host.length > maxHost ? null : URL.parse(`http://${host}`);
    if (url === null || url.href !== `http://${url.host}/`) return null;
    return this.#isOwn(url.hostname) ? url : null;
  }

  #isOwn(hostname: string): boolean {
    if (hostname === 'localhost') return true;
    if (this.#now() - this.#interfacesRead_ms > interfacesAge_ms) {
      this.#interfacesRead_ms = this.#now();
      const addresses = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
      this.#interfaces = new Set(addresses.map(({ address }) => address.toLowerCase()));
    }
    return this.#interfaces.has(hostname.replace(/^\[(.*)\]$/, '$1'));
  }
}

/** Tells whether a client from outside names an inner address, perhaps to find out which exist. */
function isGuess({ hostname }: URL, sender: () => string): boolean {
  const isInner = hostname !== 'localhost' && !isPublicAddress(hostname.replace(/[[\]]/g, ''));
  return isInner && isPublicAddress(sender());
}

/** Tells whether the address leads to the machine itself, whoever asks. */
function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
