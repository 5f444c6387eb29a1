// By which name a server is reached: what the operator says, else names of this machine alone.
import { expect, test } from 'bun:test';
import { networkInterfaces } from 'node:os';
import { OwnAddress } from '../../src/lib/own-address.ts';

const nearby = () => '192.168.1.4';

function learned(...hosts: (string | null)[]): string {
  const address = new OwnAddress(null);
  address.listensOn(39099);
  for (const host of hosts) address.learn(host, nearby);
  return address.origin;
}

test('it is localhost until something better is known', () => {
  expect(learned()).toBe('http://localhost:39099');
  expect(learned(null, '', 'chat.example.org:39099')).toBe('http://localhost:39099');
});

test('it is what the server is bound to, if that is one address', () => {
  const bound = (to: string) => {
    const address = new OwnAddress(null);
    address.listensOn(39099, to);
    return address.origin;
  };
  expect(bound('127.0.0.1')).toBe('http://127.0.0.1:39099');
  expect(bound('::1')).toBe('http://[::1]:39099');
  for (const all of ['::', '0.0.0.0']) expect(bound(all)).toBe('http://localhost:39099');
});

test('it is the newest name of this machine that an admin used', () => {
  expect(learned('localhost:39099', '127.0.0.1:39099')).toBe('http://127.0.0.1:39099');
  expect(learned('127.0.0.1:39099', 'LOCALHOST:39099')).toBe('http://localhost:39099');
  // A container does not know behind which port of the machine it stands.
  expect(learned('localhost:8080')).toBe('http://localhost:8080');
  expect(learned('localhost')).toBe('http://localhost');
  for (const { address, family } of Object.values(networkInterfaces()).flatMap((it) => it ?? [])) {
    const host = family === 'IPv6' ? `[${address}]` : address;
    if (!address.includes('%')) expect(learned(`${host}:39099`)).toBe(`http://${host}:39099`);
  }
});

test('an admin at the machine itself changes nothing for those who come from elsewhere', () => {
  const outer = Object.values(networkInterfaces())
    .flatMap((one) => one ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal);
  for (const { address } of outer) {
    for (const own of ['localhost:39099', '127.0.0.1:39099', '[::1]:39099']) {
      expect(learned(`${address}:39099`, own)).toBe(`http://${address}:39099`);
      expect(learned(own, `${address}:39099`)).toBe(`http://${address}:39099`);
    }
  }
});

test('it is kept for the next run, and believed there if the machine still has it', () => {
  const kept: string[] = [];
  const address = new OwnAddress(null);
  address.remember(null, (origin) => kept.push(origin));
  for (const host of ['127.0.0.1:8080', '127.0.0.1:8080', 'evil.example', '127.0.0.1:8080']) {
    address.learn(host, nearby);
  }
  expect(kept).toEqual(['http://127.0.0.1:8080']);
  const later = (origin: string, configured: string | null = null) => {
    const next = new OwnAddress(configured);
    next.listensOn(39099);
    next.remember(origin, () => {});
    return next.origin;
  };
  expect(later('http://127.0.0.1:8080')).toBe('http://127.0.0.1:8080');
  expect(later('http://203.0.113.9:8080')).toBe('http://localhost:39099');
  expect(later('http://127.0.0.1:8080', 'https://a.example')).toBe('https://a.example');
});

test.each([
  'localhost:39099/x',
  'localhost:39099?x',
  'localhost:39099#x',
  'x@localhost:39099',
  'localhost@evil.example:39099',
  'localhost:39099@evil.example',
  'evil.example:39099',
  '8.8.8.8:39099',
  '[2001:db8::1]:39099',
  'localhost:39099, evil.example',
  ' ',
])('%j is not believed', (host) => {
  expect(learned('127.0.0.1:39099', host)).toBe('http://127.0.0.1:39099');
});

test('who asks for a page is told the port that they came by, and never a foreign name', () => {
  const address = new OwnAddress(null);
  address.listensOn(39099);
  expect(address.originFor('localhost:8080', '127.0.0.1')).toBe('http://localhost:8080');
  expect(address.originFor('127.0.0.1', '127.0.0.1')).toBe('http://127.0.0.1');
  for (const foreign of ['evil.example', 'evil.example:39099', 'x@localhost:8080', '', null]) {
    expect(address.originFor(foreign, '127.0.0.1')).toBeNull();
  }
  // Nothing was learned from it.
  expect(address.origin).toBe('http://localhost:39099');
});

test('a stranger is not told which inner addresses the machine has', () => {
  const address = new OwnAddress(null);
  address.listensOn(39099);
  for (const sender of ['127.0.0.1', '10.0.0.7', '::ffff:192.168.1.4', 'fd00::7']) {
    expect(address.originFor('127.0.0.1:39099', sender)).toBe('http://127.0.0.1:39099');
  }
  for (const sender of ['8.8.8.8', '::ffff:8.8.8.8', '2606:4700::1111']) {
    expect(address.originFor('127.0.0.1:39099', sender)).toBeNull();
    expect(address.originFor('localhost:39099', sender)).toBe('http://localhost:39099');
    address.learn('127.0.0.1:39099', () => sender);
    expect(address.origin).toBe('http://localhost:39099');
  }
  // Whoever is near is believed afterwards.
  address.learn('127.0.0.1:39099', nearby);
  expect(address.origin).toBe('http://127.0.0.1:39099');
});

test('what the operator has set stays, whatever is asked for', () => {
  const address = new OwnAddress('https://chat.example.org');
  address.listensOn(39099);
  address.learn('localhost:39099', nearby);
  expect(address.origin).toBe('https://chat.example.org');
});
