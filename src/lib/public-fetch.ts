// Fetches a page that a stranger named: only from public addresses, with limits on size and time.

import { lookup as resolveName } from 'node:dns/promises';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Pace } from './pace.ts';

export type PublicFetchFailure =
  /** No http or https, another port, credentials, too long, or no URL at all. */
  | 'forbidden_url'
  | 'unknown_host'
  /** At least one address of the host is not public. */
  | 'forbidden_address'
  | 'too_many_redirects'
  | 'not_successful' // another status than 2xx
  | 'unwanted_type'
  /** Compressed in a way we did not accept; brotli and zstd bombs would take gigabytes. */
  | 'unwanted_encoding'
  | 'timed_out'
  /** No connection, a wrong certificate, not HTTP, or a response that broke off. */
  | 'unreachable';

export type PublicPage = {
  ok: true;
  /** The address after all redirects. */
  url: string;
  /** The Content-Type header as received, with its charset. */
  contentType: string;
  body: Uint8Array<ArrayBuffer>;
  /** Whether `body` is cut: the page was longer than `maxBytes`, or there was enough of it. */
  isTruncated: boolean;
};

export type PublicFetchResult = PublicPage | { ok: false; reason: PublicFetchFailure };

export type PublicFetchOptions = {
  userAgent: string;
  /** Media types in lower case, without parameters. */
  contentTypes: readonly string[];
  maxBytes?: number;
  /** Returns what is asked after each piece whether the page may end there; by default it is read whole. */
  untilEnough?: (contentType: string) => (piece: Uint8Array) => boolean;
  maxRedirects?: number;
  /** For all hops together, name lookups included. */
  timeout_ms?: number;
  /** Replaced in tests only. */
  network?: Partial<Network>;
};

export type Network = {
  /** Returns all addresses of a name; rejects or is empty if there is none. */
  lookup(name: string): Promise<readonly string[]>;
  isAllowedAddress(address: string): boolean;
  ports: readonly number[];
  /** PEM of the only certificate authority to trust; the system's if undefined. */
  certificateAuthority: string | undefined;
};

type Settings = Required<PublicFetchOptions> & { network: Network };

const publicInternet: Network = {
  lookup: async (name) => (await resolveName(name, { all: true })).map(({ address }) => address),
  isAllowedAddress: isPublicAddress,
  ports: [80, 443],
  certificateAuthority: undefined,
};

const maxUrlLength = 4096;
const redirectStatuses = new Set([301, 302, 303, 307, 308]);

// All of public IPv6. It excludes `::/96` (hidden IPv4), NAT64 and ranges not yet assigned.
const publicIPv6 = ipaddr.parseCIDR('2000::/3');

class Refusal extends Error {
  constructor(readonly reason: PublicFetchFailure) {
    super(reason);
  }
}

/** Tells whether an address is of one host on the public internet. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  // Normalized by URL first, because ipaddr.js takes `::1.1.1.1` for `::ffff:1.1.1.1`.
  const read = URL.parse(`http://${withBrackets(address)}/`);
  if (read === null) return false;
  const parsed = ipaddr.process(withoutBrackets(read.hostname));
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || parsed.match(publicIPv6);
}

/** Fetches a page; never rejects. Checks each hop, and connects to the very address it checked. */
export async function fetchPublic(
  address: string,
  options: PublicFetchOptions,
): Promise<PublicFetchResult> {
  const settings: Settings = {
    maxBytes: 512 * 1024,
    untilEnough: () => () => false,
    maxRedirects: 3,
    timeout_ms: 5000,
    ...options,
    network: { ...publicInternet, ...options.network },
  };
  const deadline = AbortSignal.timeout(settings.timeout_ms);
  try {
    return await follow(parseUrl(address), settings, deadline);
  } catch (error) {
    // Any error here is the other side's, and the caller only needs to know which.
    if (error instanceof Refusal) return { ok: false, reason: error.reason };
    return { ok: false, reason: deadline.aborted ? 'timed_out' : 'unreachable' };
  }
}

async function follow(first: URL, settings: Settings, deadline: AbortSignal): Promise<PublicPage> {
  let url = first;
  for (let redirects = 0; redirects <= settings.maxRedirects; redirects += 1) {
    const hop = new AbortController();
    try {
      const signal = AbortSignal.any([deadline, hop.signal]);
      const response = await request(url, settings, signal);
      const location = redirectStatuses.has(response.status) && response.headers.get('location');
      if (!location) return await readPage(url, response, settings, deadline);
      url = parseUrl(location, url);
    } finally {
      hop.abort();
    }
  }
  throw new Refusal('too_many_redirects');
}

function parseUrl(address: string, base?: URL): URL {
  const url = address.length <= maxUrlLength ? URL.parse(address, base?.href) : null;
  if (!url || url.username || url.password) throw new Refusal('forbidden_url');
  return url;
}

async function request(url: URL, settings: Settings, signal: AbortSignal): Promise<Response> {
  const { network } = settings;
  const isSecure = url.protocol === 'https:';
  if (!isSecure && url.protocol !== 'http:') throw new Refusal('forbidden_url');
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port);
  if (!network.ports.includes(port)) throw new Refusal('forbidden_url');

  // A name may end with the root's dot, which no certificate has.
  const host = withoutBrackets(url.hostname).replace(/\.$/, '');
  const addresses = await resolve(host, network, signal);
  let failure: unknown;
  for (const address of addresses) {
    try {
      // The URL has the address, because Bun's fetch would look the name up again.
      const origin = `${url.protocol}//${withBrackets(address)}:${port}`;
      return await fetch(`${origin}${url.pathname}${url.search}`, {
        headers: {
          Host: url.host,
          'User-Agent': settings.userAgent,
          Accept: settings.contentTypes.join(', '),
          'Accept-Encoding': 'gzip',
        },
        tls: {
          ...(isIP(host) === 0 && { serverName: host }),
          ...(network.certificateAuthority && { ca: network.certificateAuthority }),
        },
        redirect: 'manual',
        keepalive: false,
        // Bun decompresses ahead of the reader: a gigabyte from 1,576 bytes of brotli.
        decompress: false,
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
    }
  }
  throw failure;
}

/** Returns the first IPv4 and the first IPv6 address to try; throws unless all are public. */
async function resolve(host: string, network: Network, signal: AbortSignal): Promise<string[]> {
  const addresses = isIP(host) === 0 ? await lookUp(host, network, signal) : [host];
  if (addresses.length === 0) throw new Refusal('unknown_host');
  if (!addresses.every((each) => network.isAllowedAddress(each))) {
    throw new Refusal('forbidden_address');
  }
  return [4, 6].flatMap((family) => addresses.find((each) => isIP(each) === family) ?? []);
}

async function lookUp(host: string, network: Network, signal: AbortSignal) {
  try {
    return await unlessAborted(network.lookup(host), signal);
  } catch {
    signal.throwIfAborted();
    throw new Refusal('unknown_host');
  }
}

async function readPage(
  url: URL,
  response: Response,
  settings: Settings,
  deadline: AbortSignal,
): Promise<PublicPage> {
  if (!response.ok) throw new Refusal('not_successful');
  const contentType = response.headers.get('content-type') ?? '';
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!settings.contentTypes.includes(mediaType)) throw new Refusal('unwanted_type');
  const limits = { maximum: settings.maxBytes, isEnough: settings.untilEnough(contentType) };
  const read = await readAtMost(unpacked(response), limits, deadline);
  return { ok: true, url: url.href, contentType, ...read };
}

function unpacked(response: Response): ReadableStream<Uint8Array> {
  const stream = response.body ?? new Blob().stream();
  const encoding = response.headers.get('content-encoding')?.trim().toLowerCase() ?? '';
  if (encoding === '' || encoding === 'identity') return stream;
  if (encoding !== 'gzip' && encoding !== 'x-gzip') throw new Refusal('unwanted_encoding');
  return stream.pipeThrough(new DecompressionStream('gzip'));
}

/** A fast server, or a small body that unpacks to a large one, would be read in one go. */
const pacedLength = 64 * 1024;
const pace = new Pace(undefined, 2);

async function readAtMost(
  stream: ReadableStream<Uint8Array>,
  { maximum, isEnough }: { maximum: number; isEnough: (piece: Uint8Array) => boolean },
  signal: AbortSignal,
): Promise<Pick<PublicPage, 'body' | 'isTruncated'>> {
  const reader = stream.getReader();
  // Grows with what comes: most pages are small, and pieces may be of one byte.
  let buffer = new Uint8Array(Math.min(maximum, 64 * 1024));
  let length = 0;
  let unpaced = 0;
  for (;;) {
    if (unpaced >= pacedLength) {
      await unlessAborted(pace.turn(''), signal);
      unpaced = 0;
    }
    const { done, value } = await unlessAborted(reader.read(), signal);
    if (done) return { body: buffer.subarray(0, length), isTruncated: false };
    const taken = value.subarray(0, maximum - length);
    if (length + taken.length > buffer.length) {
      const larger = new Uint8Array(Math.min(maximum, Math.max(2 * length, length + taken.length)));
      larger.set(buffer.subarray(0, length));
      buffer = larger;
    }
    buffer.set(taken, length);
    length += taken.length;
    unpaced += taken.length;
    if (taken.length < value.length || isEnough(taken)) {
      return { body: buffer.subarray(0, length), isTruncated: true };
    }
  }
}

function withBrackets(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

async function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
