import { expect, test } from 'bun:test';
import type { Ws } from '../../src/gateway/connection.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import { closeLimit_ms } from '../../src/gateway/protocol.ts';
import { Waiting } from '../../src/gateway/waiting.ts';
import { FakeClock } from '../support/clock.ts';
import { startTest } from '../support/server.ts';

test('of one address only so many wait: the one that has waited longest gives way', () => {
  const waiting = new Waiting<string>({ per_address: 2, in_all: 100 });
  expect(['a', 'b'].map((one) => waiting.add(one, 'here'))).toEqual([null, null]);
  expect(waiting.add('x', 'there')).toBeNull();
  expect(waiting.add('c', 'here')).toBe('a');
  // Who has begun a handshake does not wait any more.
  waiting.delete('b');
  expect(waiting.add('d', 'here')).toBeNull();
  expect(waiting.add('e', 'here')).toBe('c');
  expect(waiting.size).toBe(3);
});

test('in all only so many wait, wherever they come from', () => {
  const waiting = new Waiting<string>({ per_address: 2, in_all: 3 });
  for (const one of ['a', 'b', 'c']) expect(waiting.add(one, one)).toBeNull();
  expect(waiting.add('d', 'd')).toBe('a');
  waiting.delete('a');
  expect(waiting.add('e', 'd')).toBe('b');
  expect(waiting.add('f', 'd')).toBe('d');
  expect(waiting.size).toBe(3);
});

/** A socket of nobody: it notes how it is closed, and is gone only when it is cut off. */
function deafSocket() {
  const seen = { closed: [] as (number | undefined)[], isCut: false };
  const ws: Ws = {
    send: () => 1,
    subscribe() {},
    unsubscribe() {},
    getBufferedAmount: () => 0,
    close: (code) => void seen.closed.push(code),
    cork: (run) => run(),
    terminate() {
      seen.isCut = true;
    },
  };
  return { ws, seen };
}

test('a socket that does not answer its close counts until it is cut off', async () => {
  const clock = new FakeClock();
  const settings = { MAX_SOCKETS_PER_ADDRESS: '1' };
  await using server = await startTest({ clock, settings });
  const gateway = new Gateway(server.app, {
    commands: [],
    hooks: [],
    ready: () => ({ frame: '', rest: null }),
  });
  await gateway.start();
  const { ws, seen } = deafSocket();
  const connection = gateway.connection(ws, '192.0.2.1');
  expect(gateway.admits('192.0.2.1')).toBe(false);
  connection.received('nonsense');
  expect(seen.closed).toEqual([4002]);
  // What still comes is passed over.
  connection.received('{"op":1}');
  connection.pinged();
  expect(seen.closed).toEqual([4002]);
  expect([gateway.admits('192.0.2.1'), seen.isCut]).toEqual([false, false]);
  await clock.pass(closeLimit_ms + 5_000);
  expect(seen.isCut).toBe(true);
  connection.ended(1006);
  expect(gateway.admits('192.0.2.1')).toBe(true);
  await gateway.drain(0);
});
