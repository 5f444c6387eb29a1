// By which name a server is reached: what the operator says, else names of this machine alone.
import { expect, test } from 'bun:test';
import { networkInterfaces } from 'node:os';
import { OwnAddress } from '../../src/lib/own-address.ts';

const nearby = () => '192.168.1.4';

function learned(...hosts: (string | null)[]): string {
  const address = new OwnAddress(null);
  address.listensOn(39099);
  for (const host of hosts) address.learn(host, 'anyone', nearby);
  return address.origin;
}

test('it is localhost until something better is known', () => {
  expect(learned()).toBe('http://localhost:39099');
  expect(learned(null, '', 'chat.example.org:39099')).toBe('http://localhost:39099');
});

test('it is the newest name of this machine that somebody used', () => {
  expect(learned('localhost:39099', '127.0.0.1:39099')).toBe('http://127.0.0.1:39099');
  expect(learned('127.0.0.1:39099', 'LOCALHOST:39099')).toBe('http://localhost:39099');
  for (const { address, family } of Object.values(networkInterfaces()).flatMap((it) => it ?? [])) {
    const host = family === 'IPv6' ? `[${address}]` : address;
    if (!address.includes('%')) expect(learned(`${host}:39099`)).toBe(`http://${host}:39099`);
  }
});

test.each([
  'localhost',
  'localhost:80',
  'localhost:39098',
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

test('another port is believed of whoever administers the server alone, and of own names alone', () => {
  const address = new OwnAddress(null);
  address.listensOn(39099);
  for (const port of ['8080', '80']) {
    address.learn(`localhost:${port}`, 'anyone', nearby);
    expect(address.origin).toBe('http://localhost:39099');
  }
  // A container does not know behind which port of the machine it stands.
  address.learn('localhost:8080', 'admin', nearby);
  expect(address.origin).toBe('http://localhost:8080');
  // The same words of somebody else are not the same.
  address.learn('127.0.0.1:8081', 'anyone', nearby);
  address.learn('127.0.0.1:8081', 'admin', nearby);
  expect(address.origin).toBe('http://127.0.0.1:8081');
  for (const foreign of ['evil.example', 'evil.example:8080', '8.8.8.8:8080', 'x@localhost:8080']) {
    address.learn(foreign, 'admin', nearby);
    expect(address.origin).toBe('http://127.0.0.1:8081');
  }
  address.learn('localhost:39099', 'anyone', nearby);
  expect(address.origin).toBe('http://localhost:39099');
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
    for (const of of ['anyone', 'admin'] as const) {
      address.learn('127.0.0.1:39099', of, () => sender);
      expect(address.origin).toBe('http://localhost:39099');
    }
  }
  // Whoever is near is believed afterwards.
  address.learn('127.0.0.1:39099', 'anyone', nearby);
  expect(address.origin).toBe('http://127.0.0.1:39099');
});

test('what the operator has set stays, whatever is asked for', () => {
  const address = new OwnAddress('https://chat.example.org');
  address.listensOn(39099);
  address.learn('localhost:39099', 'admin', nearby);
  expect(address.origin).toBe('https://chat.example.org');
});
