import { expect, test } from 'bun:test';
import {
  addressPrefix,
  addressKey,
  clientAddress,
  parseRange,
  type AddressRange,
} from '../../src/lib/address.ts';

function ranges(...texts: string[]): AddressRange[] {
  return texts.map((text) => {
    const range = parseRange(text);
    if (range === null) throw new Error(`${text} is no range`);
    return range;
  });
}

test('a range is an address or a network, in either family', () => {
  for (const text of ['127.0.0.1', ' 10.0.0.0/8 ', '::1', '2001:db8::/32', '0.0.0.0/0', '::/0']) {
    expect(parseRange(text)).not.toBeNull();
  }
  for (const text of [
    '',
    'x',
    '10',
    '127.1',
    '0x7f000001',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/x',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '::/129',
    '::ffff:10.0.0.0/104',
    'localhost',
  ]) {
    expect({ text, range: parseRange(text) }).toEqual({ text, range: null });
  }
});

test('without trusted proxies the socket’s own address counts', () => {
  expect(clientAddress('192.0.2.1', '198.51.100.1', [])).toBe('192.0.2.1');
  expect(clientAddress('192.0.2.1', '198.51.100.1', ranges('10.0.0.0/8'))).toBe('192.0.2.1');
  expect(clientAddress('unknown', '198.51.100.1', ranges('0.0.0.0/0'))).toBe('unknown');
});

test('behind trusted proxies the last entry that is none of them counts', () => {
  const trusted = ranges('10.0.0.0/8', '127.0.0.1', 'fd00::/8');
  const cases: [string | null, string][] = [
    ['198.51.100.1', '198.51.100.1'],
    ['203.0.113.9, 198.51.100.1', '198.51.100.1'],
    ['198.51.100.1, 10.1.2.3', '198.51.100.1'],
    ['198.51.100.1,10.1.2.3 , fd00::5', '198.51.100.1'],
    ['10.9.9.9', '10.9.9.9'],
    ['', '127.0.0.1'],
    [null, '127.0.0.1'],
    ['nonsense', '127.0.0.1'],
    ['198.51.100.1, nonsense', '127.0.0.1'],
    ['198.51.100.1, nonsense, 10.0.0.1', '10.0.0.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['::ffff:198.51.100.1', '198.51.100.1'],
  ];
  for (const [header, client] of cases) {
    expect({ header, client: clientAddress('127.0.0.1', header, trusted) }).toEqual({
      header,
      client,
    });
  }
  for (const entry of [
    '198.51.100.1:51234',
    '"198.51.100.1"',
    '"198.51.100.1:51234"',
    '  198.51.100.1:1 ',
    '"198.51.100.1" , 10.1.2.3:80,[fd00::5]:443',
    '[::ffff:198.51.100.1]:80',
    '[198.51.100.1]:80',
    '203.0.113.9:80,\t198.51.100.1:80',
  ]) {
    expect({ entry, client: clientAddress('127.0.0.1', entry, trusted) }).toEqual({
      entry,
      client: '198.51.100.1',
    });
  }
  for (const entry of [
    '[2001:db8::1]',
    '[2001:db8::1]:51234',
    '"[2001:db8::1]:51234"',
    '"2001:db8::1"',
    '[2001:db8::1%eth0]:80',
  ]) {
    const client = addressKey(clientAddress('127.0.0.1', entry, trusted));
    expect({ entry, client }).toEqual({ entry, client: '2001:db8:0:0::/64' });
  }
  // What only looks like an address ends the search: the proxy counts.
  for (const entry of [
    '198.51.100.1:port',
    '198.51.100.1:',
    '198.51.100.1:123456',
    '[2001:db8::1',
    '2001:db8::1]:80',
    '[]:80',
    '""',
    '"',
    'unknown',
    '_hidden',
    'for=198.51.100.1',
    `198.51.100.1${' '.repeat(200)}x`,
  ]) {
    expect({ entry, client: clientAddress('127.0.0.1', entry, trusted) }).toEqual({
      entry,
      client: '127.0.0.1',
    });
  }
  // A socket that speaks IPv6 writes the proxy's address its own way.
  expect(clientAddress('::ffff:127.0.0.1', '198.51.100.1', trusted)).toBe('198.51.100.1');
});

test('IPv4 counts whole, IPv6 by its /64, and what is no address as it is', () => {
  expect(addressKey('192.0.2.1')).toBe('192.0.2.1');
  expect(addressKey('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(addressKey('2001:db8:1:2:3:4:5:6')).toBe(addressKey('2001:db8:1:2::'));
  expect(addressKey('2001:db8:1:2::')).not.toBe(addressKey('2001:db8:1:3::'));
  expect(addressKey('unknown')).toBe('unknown');
});

test('the prefix of an address says roughly where it is', () => {
  expect(addressPrefix('203.0.113.9')).toBe('203.0.113.0/24');
  expect(addressPrefix('::ffff:203.0.113.9')).toBe('203.0.113.0/24');
  expect(addressPrefix('2001:db8:5:6:7:8:9:a')).toBe('2001:db8:5::/48');
  expect(addressPrefix('2001:db8::1')).toBe('2001:db8::/48');
  expect(addressPrefix('::1')).toBe('::/48');
  for (const text of ['', 'unknown', '203.0.113', '1'.repeat(100)]) {
    expect(addressPrefix(text)).toBe('');
  }
});
