// Whose address a request counts under: the socket's, or what a trusted proxy says.
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type AddressRange = [Address, number];

/** An address or a CIDR range; null when the text is neither. */
export function parseRange(text: string): AddressRange | null {
  const [written = '', bits, ...rest] = text.trim().split('/');
  const address = parseAddress(written);
  if (address === null || rest.length > 0) return null;
  const all = address.kind() === 'ipv4' ? 32 : 128;
  if (bits === undefined) return [address, all];
  // An IPv4 range written as IPv6 would count its bits from another beginning.
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > all || isMapped(written)) return null;
  return [address, Number(bits)];
}

function isMapped(text: string): boolean {
  return text.includes(':') && ipaddr.process(text).kind() === 'ipv4';
}

function parseAddress(text: string): Address | null {
  // Four parts only: "10" and "127.1" are numbers that somebody mistook for an address.
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
  // `process` turns ::ffff:a.b.c.d into the IPv4 address that it means.
  return isAddress ? ipaddr.process(text) : null;
}

function within(address: Address, [network, bits]: AddressRange): boolean {
  if (address.kind() !== network.kind()) return false;
  return address.kind() === 'ipv4'
    ? (address as ipaddr.IPv4).match(network, bits)
    : (address as ipaddr.IPv6).match(network, bits);
}

/**
 * The client's address: the socket's own, unless that is a trusted proxy; then the last entry of
 * `X-Forwarded-For` that is not one. What is no address at all ends the search.
 */
export function clientAddress(
  socketAddress: string,
  forwardedFor: string | null,
  trusted: readonly AddressRange[],
): string {
  let client = parseAddress(socketAddress);
  if (client === null) return socketAddress;
  if (forwardedFor !== null && trusted.length > 0) {
    const hops = forwardedFor.split(',');
    while (hops.length > 0 && isTrusted(client, trusted)) {
      const hop = parseAddress((hops.pop() ?? '').trim());
      if (hop === null) break;
      client = hop;
    }
  }
  return client.toString();
}

function isTrusted(address: Address, trusted: readonly AddressRange[]): boolean {
  return trusted.some((range) => within(address, range));
}

/** The key under which an address is counted: IPv4 whole, IPv6 by its /64. */
export function addressKey(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === null || parsed.kind() === 'ipv4') return parsed?.toString() ?? address;
  return `${(parsed as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
