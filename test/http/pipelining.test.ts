// Requests that are sent on one connection without waiting for answers.
import { expect, test } from 'bun:test';
import { connect } from 'node:net';
import { startTest, type TestServer } from '../support/server.ts';

/** Sends the same request so often in one piece; the statuses of the answers until the end. */
function sendAtOnce(server: TestServer, request: string, count: number): Promise<number[]> {
  const { promise, resolve } = Promise.withResolvers<number[]>();
  let text = '';
  const statuses = () =>
    [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
  const socket = connect(server.running.port, '127.0.0.1');
  // What was sent after the server had closed the connection resets it.
  socket.on('error', () => {});
  socket.on('data', (data) => {
    text += data.toString();
    if (statuses().length === count) socket.end();
  });
  socket.on('close', () => resolve(statuses()));
  socket.write(request.repeat(count));
  return promise;
}

const requests = {
  'that needs nothing': 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n',
  'with a body':
    'POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
  'for nothing': 'GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n',
};

test.each(Object.entries(requests))(
  'of thousands of requests %s on one connection few are answered, and it is closed',
  async (_what, request) => {
    await using server = await startTest();
    const statuses = await sendAtOnce(server, request, 3000);
    expect(statuses.length).toBeLessThan(200);
    // Others, and the same client on another connection, are served.
    expect((await server.call('GET', '//health')).status).toBe(200);
  },
);

test('some requests at once are all answered, also on many connections', async () => {
  await using server = await startTest();
  const [request] = Object.values(requests);
  const all = await Promise.all(
    Array.from({ length: 40 }, () => sendAtOnce(server, request ?? '', 16)),
  );
  expect(all.flat()).toEqual(Array.from({ length: 640 }, () => 200));
});
