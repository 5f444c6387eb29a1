// Answers that nobody reads: what they take of the memory is bounded for each client.
import { expect, test } from 'bun:test';
import { connect } from 'node:net';
import { writtenPage } from '../../src/features/talk/messages/written.ts';
import { Outgoing } from '../../src/http/outgoing.ts';
import { uploads } from '../support/forms.ts';
import { startTest } from '../support/server.ts';
import { world } from '../support/world.ts';

const text = 'é'.repeat(8 * 1024 * 1024);
const client = { viewer: null, address: () => '192.0.2.1' };

function streamOf(outgoing: Outgoing, given = text): ReadableStream<Uint8Array> {
  const body = outgoing.body(client, given);
  if (!(body instanceof ReadableStream)) throw new Error('it was not long');
  return body;
}

test('a short answer is sent as it is, and a long one as it is read', async () => {
  const outgoing = new Outgoing();
  expect(outgoing.body(client, 'short')).toBe('short');
  expect(outgoing.isEmpty).toBe(true);
  const stream = streamOf(outgoing);
  expect(outgoing.isEmpty).toBe(false);
  expect((await new Response(stream).text()) === text).toBe(true);
  expect(outgoing.isEmpty).toBe(true);
});

test('who reads nothing is refused, others are not, until the answers are over', async () => {
  const outgoing = new Outgoing();
  const streams = [streamOf(outgoing), streamOf(outgoing)];
  expect(() => outgoing.refuseUnread('192.0.2.1')).toThrow('Read the answers');
  outgoing.refuseUnread('192.0.2.2');
  await streams[0]?.cancel();
  await streams[0]?.cancel();
  outgoing.refuseUnread('192.0.2.1');
  await streams[1]?.cancel();
  expect(outgoing.isEmpty).toBe(true);
});

test('a connection that ends before the answer does lets it go', async () => {
  const outgoing = new Outgoing();
  using server = Bun.serve({ port: 0, fetch: () => new Response(streamOf(outgoing)) });
  const socket = connect(Number(server.port), '127.0.0.1', () => {
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  });
  const first = Promise.withResolvers<void>();
  socket.once('data', () => {
    socket.pause();
    first.resolve();
  });
  await first.promise;
  expect(outgoing.isEmpty).toBe(false);
  socket.destroy();
  for (let n = 0; n < 200 && !outgoing.isEmpty; n += 1) await Bun.sleep(10);
  expect(outgoing.isEmpty).toBe(true);
});

test('a message counts about as long as it is, with its files and reactions', async () => {
  await using server = await startTest();
  const { owner, general } = await world(server, 'olga');
  const filename = `${'a'.repeat(200)}.txt`;
  const files = Array.from({ length: 10 }, () => ({ filename, bytes: 'a' }));
  const sent = await uploads(owner, general, { content: 'a' }, files);
  const { id } = sent.body.data;
  for (const emoji of ['👍', '👎', '🎉', '❤️', '🚀', '👀', '1', '2', '3', '4', '5', '6']) {
    const reaction = `reactions/${encodeURIComponent(emoji)}/@me`;
    await owner.does('PUT', `/channels/${general.id}/messages/${id}/${reaction}`);
  }
  const [text] = writtenPage(server.app, [id], owner.id).texts;
  const real = String(text).length;
  expect(real).toBeGreaterThan(5_000);
  expect(text?.length).toBeGreaterThan(0.7 * real);
  expect(text?.length).toBeLessThan(1.5 * real);
});
