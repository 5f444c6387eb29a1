// The client address of a request: the socket's, or the one that a trusted proxy names.
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type AddressRange = [Address, number];

/** Parses an address or a CIDR range; null if the text is neither. */
export function parseRange(text: string): AddressRange | null {
  const [written = '', bits, ...rest] = text.trim().split('/');
  const address = parseAddress(written);
  if (address === null || rest.length > 0) return null;
  const all = address.kind() === 'ipv4' ? 32 : 128;
  if (bits === undefined) return [address, all];
  // The bits of an IPv4 range written as IPv6 would count from a different start.
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > all || isMapped(written)) return null;
  return [address, Number(bits)];
}

function isMapped(text: string): boolean {
  return text.includes(':') && ipaddr.process(text).kind() === 'ipv4';
}

/** The longest IPv6 address has 45 characters; after it, `%` and an interface may stand. */
const maxLength = 64;

function parseAddress(text: string): Address | null {
  if (text.length > maxLength) return null;
  // Four parts only: "10" and "127.1" are more likely mistakes than addresses.
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
  // `process` turns ::ffff:a.b.c.d into the IPv4 address a.b.c.d.
  return isAddress ? ipaddr.process(text) : null;
}

/** Far more than an entry of `X-Forwarded-For` has, with quotes, brackets, a port and blanks. */
const maxHopLength = 128;

/** Parses an entry of `X-Forwarded-For`: an address, perhaps in quotes, in brackets, with a port. */
function parseHop(entry: string): Address | null {
  if (entry.length > maxHopLength) return null;
  const text = entry
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim();
  const [, bracketed] = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text) ?? [];
  if (bracketed !== undefined) return parseAddress(bracketed.trim());
  const [, withPort] = /^([\d.]+):\d{1,5}$/.exec(text) ?? [];
  return parseAddress(withPort ?? text);
}

function within(address: Address, [network, bits]: AddressRange): boolean {
  if (address.kind() !== network.kind()) return false;
  return address.kind() === 'ipv4'
    ? (address as ipaddr.IPv4).match(network, bits)
    : (address as ipaddr.IPv6).match(network, bits);
}

/**
 * Returns the client's address: the socket's, or, if that is a trusted proxy, the last entry of
 * `X-Forwarded-For` that is not a trusted proxy. An entry that is no address ends the search.
 * `untrusted` is called if the header comes from a socket that is no trusted proxy.
 */
export function clientAddress(
  socketAddress: string,
  forwardedFor: string | null,
  trusted: readonly AddressRange[],
  untrusted: (proxy: string) => void = () => {},
): string {
  let client = parseAddress(socketAddress);
  if (client === null) return socketAddress;
  if (forwardedFor !== null) {
    if (!isTrusted(client, trusted)) untrusted(client.toString());
    const hops = forwardedFor.split(',');
    while (hops.length > 0 && isTrusted(client, trusted)) {
      const hop = parseHop(hops.pop() ?? '');
      if (hop === null) break;
      client = hop;
    }
  }
  return client.toString();
}

/** Tells whether the address is in one of the ranges. */
export function isWithin(address: string, ranges: readonly AddressRange[]): boolean {
  const parsed = parseAddress(address);
  return parsed !== null && isTrusted(parsed, ranges);
}

/** Tells whether the address is one of the machine itself, which nothing outside can have. */
export function isLoopback(address: string): boolean {
  return parseAddress(address)?.range() === 'loopback';
}

/**
 * Tells whether a `Host` header names the machine itself: `localhost`, or an address of its own, with or
 * without a port.
 */
export function isLoopbackHost(host: string): boolean {
  const [, bracketed, plain = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(host) ?? [];
  const name = bracketed ?? plain.toLowerCase();
  return name === 'localhost' || isLoopback(name);
}

function isTrusted(address: Address, trusted: readonly AddressRange[]): boolean {
  return trusted.some((range) => within(address, range));
}

/**
 * Returns the part of an address that says roughly where it is: the /24 of an IPv4 address, the /48 of an
 * IPv6 address; "" if the text is no address.
 */
export function addressPrefix(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === null) return '';
  if (parsed.kind() === 'ipv4') {
    return `${(parsed as ipaddr.IPv4).octets.slice(0, 3).join('.')}.0/24`;
  }
  const network = (parsed as ipaddr.IPv6).parts.slice(0, 3);
  return `${new ipaddr.IPv6([...network, 0, 0, 0, 0, 0]).toString()}/48`;
}

/** Returns the key for counting an address: all of an IPv4 address, the /64 of an IPv6 address. */
export function addressKey(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === null || parsed.kind() === 'ipv4') return parsed?.toString() ?? address;
  return `${(parsed as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
