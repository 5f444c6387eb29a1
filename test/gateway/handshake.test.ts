import { expect, test } from 'bun:test';
import { heartbeatLimit_ms } from '../../src/gateway/protocol.ts';
import { FakeClock } from '../support/clock.ts';
import { Ears } from '../support/ears.ts';
import { allIntents, type Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { world } from '../support/world.ts';

const isInvalid = ({ op }: { op: number }) => op === 7;

/** Sends something before IDENTIFY and expects op 7, at once followed by the close. */
async function isRefused(server: TestServer, code: number, text: string): Promise<void> {
  const ears = await Ears.open(server.gateway);
  ears.sendText(text);
  const refusal = await ears.frame(isInvalid, 'op 7');
  expect(refusal).toEqual({ op: 7, data: { resumable: false } });
  expect(await ears.closes()).toBe(code);
  expect(ears.frames.map(({ op }) => op)).toEqual([5, 7]);
}

const identify = (person: Person, more: object = {}) =>
  JSON.stringify({ op: 2, data: { token: person.authorization, intents: allIntents, ...more } });

test('HELLO comes first and says how often to beat', async () => {
  await using server = await startTest();
  const ears = await Ears.open(server.gateway);
  expect(ears.frames).toEqual([{ op: 5, data: { heartbeat_interval: 45_000 } }]);
  await ears.settled();
  expect(ears.frames.map(({ op }) => op)).toEqual([5, 4]);
});

test('a heartbeat before IDENTIFY is answered, and IDENTIFY still works', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const ears = await Ears.open(server.gateway);
  for (const data of [0, 12, null, undefined]) {
    ears.send(1, data);
    await ears.frame(({ op }) => op === 4, 'the answer to the heartbeat');
  }
  ears.sendText(identify(anna));
  const ready = await ears.hears('ready');
  expect(ready.data['user_id']).toBe(anna.id);
});

test('what is no frame is refused before IDENTIFY with op 7 and 4002', async () => {
  await using server = await startTest();
  for (const text of ['{', 'null', '[]', '{"op":"2"}', '{"op":1.5}', '{"op":300}', '{}']) {
    await isRefused(server, 4002, text);
  }
});

test('an unknown operation is refused before IDENTIFY with op 7 and 4001', async () => {
  await using server = await startTest();
  for (const op of [99, 0, 4, 5, 6, 7]) await isRefused(server, 4001, JSON.stringify({ op }));
});

test('IDENTIFY and RESUME with broken data are refused with op 7 and 4002', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const token = anna.authorization;
  for (const data of [{ token }, { token, intents: 'all' }, { token, intents: [1] }, {}, null]) {
    await isRefused(server, 4002, JSON.stringify({ op: 2, data }));
  }
  for (const data of [{ token }, { token, session_id: '1', seq: -1 }, { session_id: '1' }]) {
    await isRefused(server, 4002, JSON.stringify({ op: 3, data }));
  }
});

test('a token that is not valid is refused with op 7 and 4004', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const intents: string[] = [];
  const wrong = [
    `Bot ${anna.token}`,
    anna.token,
    `Bearer  ${anna.token}`,
    `bearer ${anna.token}`,
    `Bearer ${'0'.repeat(64)}`,
    `Bearer ${'x'.repeat(5_000)}`,
    '',
  ];
  for (const token of wrong) {
    await isRefused(server, 4004, JSON.stringify({ op: 2, data: { token, intents } }));
    const session_id = '1';
    await isRefused(server, 4004, JSON.stringify({ op: 3, data: { token, session_id } }));
  }
});

test('unknown, doubled and countless intents and odd properties are accepted', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const intents = [
    'messages',
    'messages',
    'no_such_intent',
    ...Array.from({ length: 500 }, () => 'x'),
  ];
  for (const properties of [null, 'linux', { os: 7 }, { os: 'x'.repeat(1_000) }, undefined]) {
    const ears = await Ears.open(server.gateway);
    ears.sendText(identify(anna, { intents, properties }));
    await ears.hears('ready');
  }
});

test('an operation may be any number with an integral value', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const ears = await Ears.open(server.gateway);
  ears.sendText(identify(anna).replace('"op":2', '"op":2.0'));
  await ears.hears('ready');
});

test('who does not identify within 30 s is refused with op 7 and 4009', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const ears = await Ears.open(server.gateway);
  await clock.pass(25_000);
  ears.send(1, 0);
  await ears.settled();
  await clock.pass(5_000);
  await ears.frame(isInvalid, 'op 7');
  expect(await ears.closes()).toBe(4009);
});

test('voice, member and signal operations before IDENTIFY are ignored', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const ears = await Ears.open(server.gateway);
  for (const op of [9, 10, 11]) ears.send(op, { space_id: '1' });
  ears.sendText(identify(anna));
  await ears.hears('ready');
  expect(ears.frames.map(({ op }) => op)).toEqual([5, 0]);
});

test('presence from before IDENTIFY counts, the last one, and wins over that of IDENTIFY', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const ears = await Ears.open(server.gateway);
  ears.send(8, { status: 'idle' });
  ears.send(8, { status: 'dnd', activity: { name: 'Chess' } });
  ears.sendText(identify(anna, { presence: { status: 'online' } }));
  const { data } = await ears.hears('ready');
  expect(data['presences']).toEqual([
    expect.objectContaining({ user_id: anna.id, status: 'dnd', activities: [{ name: 'Chess' }] }),
  ]);
});

test('what comes between IDENTIFY and READY is taken after READY', async () => {
  await using server = await startTest();
  const { anna, space } = await world(server, 'anna');
  const ears = await Ears.open(server.gateway);
  ears.sendText(identify(anna));
  ears.send(10, { space_id: space.id });
  ears.sendText('not a frame');
  await ears.hears('ready');
  const chunk = await ears.hears('member.chunk');
  expect(chunk.data['members']).toHaveLength(1);
});

test('a second IDENTIFY or RESUME closes with 4005, and the session is over', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  for (const op of [2, 3]) {
    const ears = await anna.listens();
    ears.send(op, { token: anna.authorization, intents: [], session_id: '1', seq: 0 });
    expect(await ears.closes()).toBe(4005);
    const again = await Ears.open(server.gateway);
    const { session_id } = ears.ready;
    again.send(3, { token: anna.authorization, session_id, seq: ears.seq });
    await again.frame(isInvalid, 'op 7');
    expect(await again.closes()).toBe(4009);
  }
});

test('an IDENTIFY on the heels of another closes with 4005', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const ears = await Ears.open(server.gateway);
  ears.sendText(identify(anna));
  ears.sendText(identify(anna));
  expect(await ears.closes()).toBe(4005);
  await server.turn(() => null);
  const count = server.app.db.sqlite.query('SELECT count(*) AS n FROM gateway_sessions').get();
  expect({ live: server.app.hub.size, rows: count }).toEqual({ live: 0, rows: { n: 0 } });
});

test('200 heartbeats have 200 answers', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const ears = await anna.listens();
  const before = ears.frames.filter(({ op }) => op === 4).length;
  for (let n = 0; n < 200; n += 1) ears.send(1, n);
  await ears.settled();
  while (ears.frames.filter(({ op }) => op === 4).length < before + 201) await ears.settled();
  expect(ears.closed).toBeNull();
  const answers = ears.frames.filter(({ op }) => op === 4);
  expect(answers.every((frame) => Object.keys(frame).join() === 'op')).toBe(true);
});

test('more than 120 frames within 60 s close with 4008, and the session is over', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const anna = await server.person('anna');
  const ears = await anna.listens();
  // IDENTIFY was the first of this window.
  for (let n = 0; n < 119; n += 1) ears.send(8, { status: 'online' });
  await ears.settled();
  expect(ears.closed).toBeNull();
  await clock.pass(60_000);
  for (let n = 0; n < 130; n += 1) ears.send(8, { status: 'online' });
  expect(await ears.closes()).toBe(4008);
  const again = await Ears.open(server.gateway);
  const { session_id } = ears.ready;
  again.send(3, { token: anna.authorization, session_id, seq: ears.seq });
  expect(await again.closes()).toBe(4009);
});

test('a flood of frames that mean nothing is a flood all the same', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  for (const flood of [
    (e: Ears) => e.sendText('nonsense'),
    (e: Ears) => e.sendBytes(Buffer.of(1)),
  ]) {
    const ears = await anna.listens();
    for (let n = 0; n < 130; n += 1) flood(ears);
    expect(await ears.closes()).toBe(4008);
  }
});

test('after the handshake nonsense is ignored', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const ears = await anna.listens();
  for (const text of ['{', 'null', '{"op":"1"}', '{"op":99}', '{"op":7}', '{"op":8}', '""']) {
    ears.sendText(text);
  }
  ears.send(8, 'busy');
  ears.send(8, { status: 7 });
  ears.send(10, { space_id: 5 });
  ears.send(11, { space_id: '1', channel_id: '1', type: 'offer', payload: {} });
  ears.sendBytes(Buffer.from(JSON.stringify({ op: 2 })));
  await ears.hearsNothing();
  expect(ears.closed).toBeNull();
});

test('binary frames are ignored before IDENTIFY as well', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const ears = await Ears.open(server.gateway);
  ears.sendBytes(Buffer.from(identify(anna)));
  await ears.settled();
  expect(ears.frames.map(({ op }) => op)).toEqual([5, 4]);
  ears.sendText(identify(anna));
  await ears.hears('ready');
});

test('a frame above 16 KiB ends the connection with 1009; the session can be resumed', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const ears = await anna.listens();
  ears.sendText(JSON.stringify({ op: 8, data: { status: 'x'.repeat(17_000) } }));
  expect(await ears.closes()).toBe(1009);
  const { missed } = await anna.resumes(ears.ready['session_id'], ears.seq);
  expect(missed).toEqual([]);
});

test('who does not beat for more than 90 s is closed with 4009 and can resume', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const anna = await server.person('anna');
  const [silent, beating] = [await anna.listens(), await anna.listens()];
  // Other frames are no heartbeats.
  await clock.pass(heartbeatLimit_ms - 5_000);
  silent.send(8, { status: 'online' });
  await beating.settled();
  expect(silent.closed).toBeNull();
  await clock.pass(10_000);
  expect(await silent.closes()).toBe(4009);
  await beating.settled();
  expect(beating.closed).toBeNull();
  await anna.resumes(silent.ready['session_id'], silent.seq);
});

test('the path is /ws alone; a plain request is told to upgrade', async () => {
  await using server = await startTest();
  expect((await fetch(`${server.origin}/ws`)).status).toBe(426);
  const elsewhere = new WebSocket(server.gateway.replace('/ws', '/wss'));
  const outcome = await new Promise((resolve) => {
    elsewhere.addEventListener('open', () => resolve('open'));
    elsewhere.addEventListener('close', () => resolve('closed'));
  });
  expect(outcome).toBe('closed');
});
