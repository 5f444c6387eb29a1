import { expect, test } from 'bun:test';
import { scope } from '../../src/events/audience.ts';
import { appendEvent } from '../../src/events/log.ts';
import { Ears } from '../support/ears.ts';
import { dropped } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { quietly, world } from '../support/world.ts';

/** Opens a socket as a proxy passes it on. */
async function openFrom(server: TestServer, address: string): Promise<WebSocket> {
  const headers = { 'x-forwarded-for': address };
  const socket = new WebSocket(server.gateway, { headers });
  await new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }));
  return socket;
}

async function statusFor(server: TestServer, address: string): Promise<number> {
  const answer = await fetch(server.gateway.replace('ws:', 'http:'), {
    headers: { connection: 'upgrade', upgrade: 'websocket', 'x-forwarded-for': address },
  });
  return answer.status;
}

test('the addresses of one IPv6 network share their sockets', async () => {
  await using server = await startTest({
    settings: { MAX_SOCKETS_PER_ADDRESS: '2', TRUSTED_PROXIES: '127.0.0.1' },
  });
  const one = await openFrom(server, '2001:db8:0:1::1');
  const two = await openFrom(server, '2001:db8:0:1::2');
  expect(await statusFor(server, '2001:db8:0:1:ffff::3')).toBe(429);
  const neighbour = await openFrom(server, '2001:db8:0:2::1');
  const gone = new Promise((resolve) => one.addEventListener('close', resolve));
  one.close(1000);
  await gone;
  const three = await openFrom(server, '2001:db8:0:1::4');
  expect(await statusFor(server, '2001:db8:0:1::5')).toBe(429);
  for (const socket of [two, three, neighbour]) socket.close();
});

test('who sends more than 32 frames while a replay lasts is closed', async () => {
  await using server = await startTest();
  const { bob } = await world(server, 'olga', 'bob');
  const onWeb = { properties: { os: 'web' } };
  const stand = await dropped(await bob.listens(quietly, onWeb));
  // As much as a browser is sent over many moments.
  await server.turn((turn) => {
    for (let n = 0; n < 300; n += 1) {
      const seq = turn.nextSeq();
      const bytes = `{"op":0,"type":"message.create","seq":${seq},"data":"${'x'.repeat(1_000)}"}`;
      const entry = { seq, at: turn.now, intent: null, subject: null, hidden_from: [], bytes };
      appendEvent(turn.tx, entry, [scope.user(bob.id)]);
    }
  });
  const ears = await Ears.open(server.gateway);
  ears.send(3, { token: bob.authorization, ...stand });
  await ears.hears('message.create');
  for (let n = 0; n < 33; n += 1) ears.send(8, { space_id: '1' });
  expect(await ears.closes()).toBe(4008);
  // The session itself is as it was.
  const { missed } = await bob.resumes(stand.session_id, stand.seq);
  expect(missed).toHaveLength(300);
});
