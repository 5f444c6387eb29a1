// The address that clients reach this server by: set by the operator, or learned from their requests.
import { networkInterfaces } from 'node:os';
import { isPublicAddress } from './public-fetch.ts';

/** Interfaces come and go; nobody needs to know it to the second. */
const interfacesAge_ms = 10_000;

export class OwnAddress {
  readonly #configured: string | null;
  readonly #now: () => number;
  #port = 0;
  #learned: string | null = null;
  #last: { host: string; of: string } | null = null;
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
   * Hears by which name a request came. Only names of this machine are believed: anything else would
   * let a stranger choose where others fetch files. Of another port than the server's own, as a
   * container is given one, the same is true of every name: that is believed of administrators alone.
   * `sender` is asked for the address of who says it.
   */
  learn(host: string | null, of: 'anyone' | 'admin', sender: () => string): void {
    if (this.#configured !== null || host === null || this.#isKnown(host, of)) return;
    const url = this.#own(host);
    if (url !== null && isGuess(url, sender)) return;
    this.#last = { host, of };
    if (url === null || (of === 'anyone' && Number(url.port || 80) !== this.#port)) return;
    this.#learned = url.origin;
  }

  #isKnown(host: string, of: string): boolean {
    return this.#last?.host === host && this.#last.of === of;
  }

  /**
   * What the operator has set, else the origin by which a request came, for an answer to who sent that
   * and nobody else; null where that may be a lie or a guess.
   */
  originFor(host: string | null, sender: string): string | null {
    if (this.#configured !== null || host === null) return this.#configured;
    const url = this.#own(host);
    return url === null || isGuess(url, () => sender) ? null : url.origin;
  }

  /** The address of a name of this machine, whatever the port; null of any other. */
  #own(host: string): URL | null {
    const url = URL.parse(`http://${host}`);
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

/** Whether a stranger names an inner address, who may only be trying which ones the machine has. */
function isGuess({ hostname }: URL, sender: () => string): boolean {
  const isInner = hostname !== 'localhost' && !isPublicAddress(hostname.replace(/[[\]]/g, ''));
  return isInner && isPublicAddress(sender());
}
