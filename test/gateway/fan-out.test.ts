import { expect, test } from 'bun:test';
import { scope } from '../../src/events/audience.ts';
import type { Socket } from '../../src/events/hub.ts';
import { fanOut } from '../../src/gateway/fan-out.ts';
import { startTest } from '../support/server.ts';
import { world } from '../support/world.ts';

/** Sockets that write down what reaches them, directly or by a topic, and their way out. */
function setUp(count: number) {
  const topics = new Map<Socket, Set<string>>();
  const got: string[][] = [];
  let published = 0;
  const sockets = Array.from({ length: count }, (_, n) => {
    got[n] = [];
    const socket: Socket = {
      subscribe: (topic) => void topics.get(socket)?.add(topic),
      unsubscribe: (topic) => void topics.get(socket)?.delete(topic),
      send: (frame) => got[n]?.push(frame) ?? 0,
      getBufferedAmount: () => 0,
      terminate() {},
    };
    topics.set(socket, new Set());
    return socket;
  });
  const outlet = fanOut((topic, frame) => {
    published += 1;
    for (const [n, socket] of sockets.entries()) {
      if (topics.get(socket)?.has(topic)) got[n]?.push(frame);
    }
  });
  return { outlet, sockets, topics, got, published: () => published };
}

test('a few sockets are sent to one by one', () => {
  const { outlet, sockets, got, published } = setUp(9);
  outlet.publishTo(sockets.slice(1), '1');
  expect(got).toEqual([[], ...Array.from({ length: 8 }, () => ['1'])]);
  expect(published()).toBe(0);
});

test('many sockets are reached through a topic of their own that is gone afterwards', () => {
  const { outlet, sockets, topics, got, published } = setUp(30);
  outlet.publishTo(sockets.slice(0, 20), '1');
  outlet.publishTo(sockets.slice(10), '2');
  expect(got.map((frames) => frames.join())).toEqual([
    ...Array.from({ length: 10 }, () => '1'),
    ...Array.from({ length: 10 }, () => '1,2'),
    ...Array.from({ length: 10 }, () => '2'),
  ]);
  expect(published()).toBe(2);
  expect([...topics.values()].flatMap((subscribed) => [...subscribed])).toEqual([]);
});

test('real sockets hear each frame once and in order, by whichever way it comes', async () => {
  await using server = await startTest();
  const names = Array.from({ length: 12 }, (_, n) => `p${n}`);
  const { space, ...home } = await world(server, 'olga', ...names);
  const members = names.flatMap((name) => home[name] ?? []);
  const ears = [];
  for (const member of members) ears.push(await member.listens(['spaces']));
  for (const one of ears) await one.unread();
  const { hub } = server.app;
  const everyone = [...hub.of(scope.space(space.id))];
  expect(everyone).toHaveLength(12);
  // A few, and many with and without some.
  const unions = [
    [0, 3],
    [0, 10],
    [2, 12],
  ].map((range) => new Set(everyone.slice(...range)));
  const users = members.map(({ id }) => scope.user(id));
  const expected = new Map(everyone.map(({ user_id }) => [user_id, [] as number[]]));
  for (let n = 0; n < 400; n += 1) {
    const frame = `{"op":0,"type":"test.frame","data":${n}}`;
    const union = unions[n % 6];
    if (union !== undefined) hub.publishTo(union, frame);
    else if (n % 6 === 3) hub.publish([scope.space(space.id)], null, frame);
    else if (n % 6 === 4) hub.publish([scope.space(space.id), ...users], null, frame);
    else for (const { socket } of everyone) socket.send(frame);
    for (const { user_id } of union ?? everyone) expected.get(user_id)?.push(n);
  }
  for (const [index, one] of ears.entries()) {
    const heard = (await one.unread()).map(({ data }) => data as unknown as number);
    expect(heard).toEqual(expected.get(members[index]?.id ?? '') ?? []);
  }
});
