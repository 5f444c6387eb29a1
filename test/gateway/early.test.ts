import { expect, test } from 'bun:test';
import { readCommand } from '../../src/gateway/command.ts';
import { EarlyOrders } from '../../src/gateway/early.ts';
import { earlyFrame_bytes } from '../../src/gateway/protocol.ts';
import { updatePresence } from '../../src/features/live/presence/commands.ts';
import { requestMembers } from '../../src/features/spaces/members/commands.ts';
import { Ears } from '../support/ears.ts';
import { dropped } from '../support/resuming.ts';
import { startTest } from '../support/server.ts';
import { quietly } from '../support/world.ts';

/** A frame of that op and length. */
function long(op: number, bytes: number): string {
  const bare = JSON.stringify({ op, data: '' }).length;
  return JSON.stringify({ op, data: 'x'.repeat(bytes - bare) });
}

test('before there is a session, a frame above 4 KiB is closed with 1009 and nothing else', async () => {
  await using server = await startTest();
  for (const op of [1, 8, 9, 10, 11, 99]) {
    const ears = await Ears.open(server.gateway);
    ears.sendText(long(op, earlyFrame_bytes + 1));
    expect({ op, code: await ears.closes() }).toEqual({ op, code: 1009 });
    expect(ears.frames.map((frame) => frame.op)).toEqual([5]);
  }
  const ears = await Ears.open(server.gateway);
  ears.sendText(long(1, earlyFrame_bytes));
  await ears.frame(({ op }) => op === 4, 'the answer to the heartbeat');
  ears.sendText(long(9, earlyFrame_bytes));
  await ears.settled();
  expect(ears.frames.map((frame) => frame.op)).toEqual([5, 4, 4]);
});

test('IDENTIFY and RESUME may be long', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const token = anna.authorization;
  const more = 'x'.repeat(12_000);
  const ears = await Ears.open(server.gateway);
  ears.send(2, { token, intents: quietly, properties: { os: more } });
  await ears.hears('ready');
  ears.ready = ears.frames.at(-1)?.data ?? {};
  const { session_id, seq } = await dropped(ears);
  const again = await Ears.open(server.gateway);
  again.send(3, { token, session_id, seq, more });
  await again.hears('resumed');
});

test('a frame that nests deeper than any command is no frame', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const deep = (op: number, depth: number) =>
    `{"op":${op},"data":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  const early = await Ears.open(server.gateway);
  early.sendText(deep(1, 31));
  await early.frame(({ op }) => op === 4, 'the answer to the heartbeat');
  for (const text of [deep(1, 32), deep(2, 8_000)]) {
    const ears = await Ears.open(server.gateway);
    ears.sendText(text);
    expect(await ears.closes()).toBe(4002);
  }
  const ears = await anna.listens(quietly);
  const answers = () => ears.frames.filter((frame) => frame.op === 4).length;
  const before = answers();
  ears.sendText(deep(1, 32));
  await ears.settled();
  // The heartbeat that settles is the only one that was answered.
  expect(answers()).toBe(before + 1);
});

test('of what comes before a session, only what a command can use is kept', () => {
  const early = new EarlyOrders();
  const junk = Array.from({ length: 500 }, () => ({ any: 'thing' }));
  early.before(updatePresence, { status: 'dnd', activities: [...junk, { name: 'Chess' }], junk });
  expect(early.presence).toEqual({ status: 'dnd', activities: [] });
  early.before(updatePresence, { status: 'idle', activity: { name: 'Chess', junk } });
  const idle = { status: 'idle', activities: [{ name: 'Chess' }] };
  expect(early.presence).toEqual(idle);
  // What is not valid changes nothing, and other commands have no meaning yet.
  early.before(updatePresence, { status: 7 });
  early.before(requestMembers, { space_id: '1' });
  expect(early.meanwhile(requestMembers, { space_id: '2', junk })).toBe(true);
  expect(early.meanwhile(undefined, junk)).toBe(true);
  expect(early.take({ resumed: true }).map(({ data }) => data)).toEqual([
    idle,
    { space_id: '2', query: '', limit: 0 },
  ]);
  expect(early.take({ resumed: true })).toEqual([]);
});

test('32 commands wait for a handshake, not more; IDENTIFY has taken the presence', () => {
  const early = new EarlyOrders();
  early.before(updatePresence, { status: 'idle' });
  for (let n = 0; n < 32; n += 1) {
    expect(early.meanwhile(requestMembers, { space_id: `${n}` })).toBe(true);
  }
  expect(early.meanwhile(requestMembers, { space_id: '32' })).toBe(false);
  const orders = early.take({ resumed: false });
  expect(orders).toHaveLength(32);
  expect(readCommand(requestMembers, { space_id: '0' })).toEqual(orders[0] ?? null);
});

test('before READY heartbeats count like all frames', async () => {
  await using server = await startTest();
  const ears = await Ears.open(server.gateway);
  for (let n = 0; n < 121; n += 1) ears.send(1, n);
  expect(await ears.closes()).toBe(4008);
  expect(ears.frames.filter((frame) => frame.op === 4)).toHaveLength(120);
});

test('1,000 heartbeats a minute are free in a session, and those beyond count', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const ears = await anna.listens(quietly);
  for (let n = 0; n < 900; n += 1) ears.send(1, n);
  await ears.settled();
  expect(ears.closed).toBeNull();
  for (let n = 0; n < 300; n += 1) ears.send(1, n);
  expect(await ears.closes()).toBe(4008);
});

test('pings and pongs count as frames, before READY as after it', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  for (const isReady of [false, true]) {
    for (const kind of ['ping', 'pong'] as const) {
      const socket = new WebSocket(server.gateway) as WebSocket & Record<typeof kind, () => void>;
      const closed = new Promise<number>((resolve) => {
        socket.addEventListener('close', ({ code }) => resolve(code));
      });
      await new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }));
      if (isReady) {
        socket.send(JSON.stringify({ op: 2, data: { token: anna.authorization, intents: [] } }));
        await new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }));
      }
      for (let n = 0; n < 121; n += 1) socket[kind]();
      expect(await closed).toBe(4008);
    }
  }
});
