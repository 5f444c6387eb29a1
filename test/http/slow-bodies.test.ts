// Bodies that are under way: how many one client may have, and how slowly they may come.
import { expect, test } from 'bun:test';
import { readdirSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { readText } from '../../src/http/body.ts';
import { IncomingBodies, incomingBodies } from '../../src/http/incoming.ts';
import { FakeClock } from '../support/clock.ts';
import type { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { world } from '../support/world.ts';

interface Sent {
  socket: Socket;
  /** The status of the answer, once it has come. */
  status: Promise<number>;
  /** The whole answer, once the server has closed the connection. */
  closed: Promise<string>;
}

const form = 'multipart/form-data; boundary=b';
const beginning = '--b\r\nContent-Disposition: form-data; name="files[0]"; filename="a"\r\n\r\n';

/** Sends the head of a request, and the beginning of its body. */
function begin(
  server: TestServer,
  path: string,
  { type, length, body, person }: { type: string; length: number; body: string; person?: Person },
): Sent {
  const status = Promise.withResolvers<number>();
  const closed = Promise.withResolvers<string>();
  let answer = '';
  const socket = connect(server.running.port, '127.0.0.1');
  socket.on('error', closed.reject);
  socket.on('close', () => closed.resolve(answer));
  socket.on('data', (data) => {
    answer += data.toString();
    status.resolve(Number(answer.split(' ')[1]));
  });
  const lines = [
    `POST /api/v1${path} HTTP/1.1`,
    'Host: localhost',
    `Content-Type: ${type}`,
    `Content-Length: ${length}`,
    ...(person === undefined ? [] : [`Authorization: ${person.authorization}`]),
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  return { socket, status: status.promise, closed: closed.promise };
}

const underWay = ({ app }: TestServer) => app.state(incomingBodies).size;

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await Bun.sleep(2);
}

test('one account has at most ten uploads under way; the next is told so, and closed', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  const path = `/channels/${general.id}/messages/upload`;
  const upload = (person: Person) =>
    begin(server, path, { type: form, length: 9_000_000, body: beginning, person });
  const held = Array.from({ length: 10 }, () => upload(anna));
  await until(() => underWay(server) === 10);
  const refused = await upload(anna).closed;
  expect(refused).toStartWith('HTTP/1.1 429 ');
  expect(refused).toContain('At most 10 such requests');
  expect(refused.toLowerCase()).toContain('\r\nretry-after: 1\r\n');
  // Others are not concerned, and neither is what else she does.
  const bobs = upload(bob);
  await until(() => underWay(server) === 11);
  await anna.says(general, 'still here');
  // Whoever gives one up may begin another one.
  held[0]?.socket.destroy();
  await until(() => underWay(server) === 10);
  const next = upload(anna);
  await until(() => underWay(server) === 11);
  for (const { socket } of [...held, bobs, next]) socket.destroy();
  await until(() => underWay(server) === 0);
});

test('uploads that have ended, well or badly, do not count', async () => {
  await using server = await startTest();
  const { anna, general } = await world(server, 'anna');
  const path = `/channels/${general.id}/messages/upload`;
  for (let count = 0; count < 25; count += 1) {
    const good = new FormData();
    good.set('payload_json', '{"content":"x"}');
    good.set('files[0]', new File(['x'], 'x.txt'));
    expect((await anna.call('POST', path, good)).status).toBe(200);
    expect((await anna.call('POST', path, new FormData())).status).toBe(400);
    expect((await anna.call('PATCH', '/users/@me', { bio: 'x' })).status).toBe(200);
    expect((await anna.call('PATCH', '/users/@me', { bio: 1 })).status).toBe(422);
  }
});

test('large JSON bodies that have ended, well or badly, do not count', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const ignored = 'x'.repeat(300_000);
  for (let count = 0; count < 6; count += 1) {
    expect((await anna.call('PATCH', '/users/@me', { bio: 'x', ignored })).status).toBe(200);
    expect((await anna.call('PATCH', '/users/@me', { bio: 1, ignored })).status).toBe(422);
    expect((await anna.call('PATCH', '/users/@me', `{"bio":"${ignored}`)).status).toBe(400);
  }
});

test('requests that wait for their turn do not count: their bodies are there', async () => {
  await using server = await startTest();
  const { anna, general } = await world(server, 'anna');
  const sent = Array.from({ length: 300 }, (_, n) =>
    anna.call('POST', `/channels/${general.id}/messages`, { content: `${n}` }),
  );
  const statuses = (await Promise.all(sent)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200]));
});

test('of large JSON bodies an account has at most four, with and without a length', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const anna = await server.person('anna');
  const large = () =>
    begin(server, '/spaces', {
      type: 'application/json',
      length: 2_000_000,
      body: '{"name":"',
      person: anna,
    });
  const held = Array.from({ length: 4 }, large);
  await until(() => underWay(server) === 4);
  expect(await large().closed).toStartWith('HTTP/1.1 429 ');
  for (const { socket } of held) socket.destroy();
  await until(() => underWay(server) === 0);
});

test('without a token an address has at most a hundred bodies under way', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const slow = () =>
    begin(server, '/auth/login', { type: 'application/json', length: 60, body: '{' });
  const held = Array.from({ length: 100 }, slow);
  await until(() => underWay(server) === 100);
  expect(await slow().closed).toStartWith('HTTP/1.1 429 ');
  for (const { socket } of held) socket.destroy();
  await until(() => underWay(server) === 0);
});

test('a body that brings less than 16 KiB in half a minute ends with 408', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { anna, general } = await world(server, 'anna');
  const sent = [
    begin(server, `/channels/${general.id}/messages/upload`, {
      type: form,
      length: 9_000_000,
      body: beginning,
      person: anna,
    }),
    begin(server, '/spaces', {
      type: 'application/json',
      length: 2_000_000,
      body: '{"name":"',
      person: anna,
    }),
    begin(server, '/auth/login', { type: 'application/json', length: 60, body: '{' }),
  ];
  await until(() => underWay(server) === 3);
  for (let second = 0; second < 29; second += 1) {
    for (const { socket } of sent) socket.write('a');
    await clock.pass(1000);
  }
  expect(underWay(server)).toBe(3);
  await clock.pass(6000);
  for (const { closed } of sent) {
    const answer = await closed;
    expect(answer).toStartWith('HTTP/1.1 408 ');
    expect(answer).toContain('The body came too slowly');
  }
  expect(underWay(server)).toBe(0);
  expect(server.logged.filter(({ level }) => level === 'error')).toEqual([]);
  expect(readdirSync(server.app.files.temporaryFolder)).toEqual([]);
});

test('a large body that begins as one that is refused is not waited for', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const anna = await server.person('anna');
  const { socket, status } = begin(server, '/spaces', {
    type: 'application/json',
    length: 2_000_000,
    body: `{"name":"é${'x'.repeat(100_000)}","more":${'['.repeat(100_000)}`,
    person: anna,
  });
  expect(await status).toBe(400);
  socket.destroy();
});

test('a body in thousands of pieces of a byte is refused, and closed', async () => {
  await using server = await startTest();
  const { anna, general } = await world(server, 'anna');
  for (const [path, type] of [
    ['/spaces', 'application/json'],
    [`/channels/${general.id}/messages/upload`, form],
  ] as const) {
    const first =
      type === form
        ? `--b\r\nContent-Disposition: form-data; name="payload_json"\r\n\r\n`
        : '{"name":"';
    const answer = Promise.withResolvers<string>();
    let text = '';
    const socket = connect(server.running.port, '127.0.0.1');
    socket.on('error', answer.reject);
    socket.on('data', (data) => (text += data.toString()));
    socket.on('close', () => answer.resolve(text));
    const head = `POST /api/v1${path} HTTP/1.1\r\nHost: a\r\nAuthorization: ${anna.authorization}\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const pieces = `${first.length.toString(16)}\r\n${first}\r\n${'1\r\na\r\n'.repeat(5000)}`;
    socket.write(head + pieces);
    expect(await answer.promise).toContain('The body comes in too many small pieces.');
  }
});

test('a slow telephone, which pauses as well, goes on', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { anna, general } = await world(server, 'anna');
  const payload =
    '--b\r\nContent-Disposition: form-data; name="payload_json"\r\n\r\n{"content":"x"}\r\n';
  const [pieces, piece] = [6, 'x'.repeat(17_000)];
  const whole = payload + beginning + piece.repeat(pieces) + '\r\n--b--\r\n';
  const { socket, status } = begin(server, `/channels/${general.id}/messages/upload`, {
    type: form,
    length: whole.length,
    body: payload + beginning,
    person: anna,
  });
  const { temporaryFolder } = server.app.files;
  const received = () =>
    readdirSync(temporaryFolder)
      .map((name) => statSync(join(temporaryFolder, name)).size)
      .reduce((sum, size) => sum + size, 0);
  for (let count = 0; count < pieces; count += 1) {
    socket.write(piece);
    await until(() => received() === (count + 1) * piece.length);
    await clock.pass(25_000);
  }
  socket.write('\r\n--b--\r\n');
  expect(await status).toBe(200);
  socket.destroy();
});

test('a JSON body of any length may bring 16 KiB in half a minute', async () => {
  for (const length of [16_000, 17_000, 40_000, 64_000, 200_000]) {
    const clock = new FakeClock();
    const incoming = new IncomingBodies(clock).begin('anna', 'small');
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const request = new Request('http://localhost/', {
      method: 'POST',
      headers: { 'content-length': String(length) },
      body: readable,
    });
    const nextTurn = () => Promise.resolve();
    const text = readText(request, { limit_bytes: 256 * 1024, incoming, nextTurn });
    const writer = writable.getWriter();
    for (let left = length; left > 0; left -= 16_384) {
      await clock.pass(25_000);
      await writer.write(Buffer.alloc(Math.min(left, 16_384), 'x'));
    }
    await writer.close();
    expect(await text).toHaveLength(length);
    incoming.end();
  }
});
