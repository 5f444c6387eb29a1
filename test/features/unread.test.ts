// Answers that nobody reads: whoever asks for large ones and reads nothing takes no memory with that.
import { expect, test } from 'bun:test';
import { connect } from 'node:net';
import { startTest } from '../support/server.ts';

const clients = 100;

test('a hundred clients that ask for the program of the documents, and do not read it, share it', async () => {
  await using server = await startTest();
  const whole = await (await fetch(`${server.origin}/docs/scalar.js`)).bytes();
  Bun.gc(true);
  const before = process.memoryUsage().rss;
  const sockets = Array.from({ length: clients }, () => {
    const socket = connect(server.running.port, '127.0.0.1', () => {
      socket.write('GET /docs/scalar.js HTTP/1.1\r\nHost: a\r\n\r\n');
    });
    return socket.pause().on('error', () => {});
  });
  await Bun.sleep(1500);
  const grown = process.memoryUsage().rss - before;
  for (const socket of sockets) socket.destroy();
  expect(grown).toBeLessThan((clients / 3) * whole.byteLength);
});
