// The address that clients reach this server by: set by the operator, or learned from their requests.
import { networkInterfaces } from 'node:os';

/** Interfaces come and go; nobody needs to know it to the second. */
const interfacesAge_ms = 10_000;

export class OwnAddress {
  readonly #configured: string | null;
  readonly #now: () => number;
  #port = 0;
  #learned: string | null = null;
  #lastHost: string | null = null;
  #interfaces: ReadonlySet<string> = new Set();
  #interfacesRead_ms = Number.NEGATIVE_INFINITY;

  constructor(configured: string | null, now: () => number = () => performance.now()) {
    this.#configured = configured;
    this.#now = now;
  }

  /** Says on which port the server listens. */
  listensOn(port: number): void {
    this.#port = port;
  }

  /** `http://host:port`, or what the operator has set, without a slash at the end. */
  get origin(): string {
    return this.#configured ?? this.#learned ?? `http://localhost:${this.#port}`;
  }

  /**
   * Hears by which name a request came. Only a name of this machine with the port that the server
   * listens on is believed: anything else would let a stranger choose where others fetch files.
   */
  learn(host: string | null): void {
    if (this.#configured !== null || host === null || host === this.#lastHost) return;
    this.#lastHost = host;
    this.#learned = this.#believed(host) ?? this.#learned;
  }

  /** What the operator has set, else the origin by which a request came; null when that may be a lie. */
  originFor(host: string | null): string | null {
    return this.#configured ?? (host === null ? null : this.#believed(host));
  }

  #believed(host: string): string | null {
    const url = URL.parse(`http://${host}`);
    if (url === null || url.href !== `http://${url.host}/`) return null;
    if (Number(url.port || 80) !== this.#port || !this.#isOwn(url.hostname)) return null;
    return url.origin;
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
