import { expect, test } from 'bun:test';
import { Hub, type Listener, type Socket } from '../../src/events/hub.ts';
import { intentMask } from '../../src/events/intents.ts';
import { slow_bytes } from '../../src/events/slow-readers.ts';

/** A hub over sockets that write down what reaches them, by topic or directly. */
function setUp() {
  const hub = new Hub();
  const topics = new Map<string, Set<string>>();
  const got = new Map<string, string[]>();
  const buffered = new Map<string, number>();
  const ended: string[] = [];
  /** The sockets of each union that was sent to. */
  const unions: (readonly Socket[])[] = [];
  hub.connect({
    publish(topic, frame) {
      for (const [id, subscribed] of topics) if (subscribed.has(topic)) got.get(id)?.push(frame);
    },
    publishTo(sockets, frame) {
      unions.push(sockets);
      for (const socket of sockets) socket.send(frame);
    },
  });
  const listener = (id: string, intents: string[] = ['messages']): Listener => {
    topics.set(id, new Set());
    got.set(id, []);
    const one: Listener = {
      id,
      guest_of: null,
      user_id: id,
      token_hash: '',
      mask: intentMask(intents),
      scopes: new Set(),
      queue() {},
      close() {},
      socket: {
        subscribe: (topic) => void topics.get(id)?.add(topic),
        unsubscribe: (topic) => void topics.get(id)?.delete(topic),
        send: (frame) => got.get(id)?.push(frame) ?? 0,
        getBufferedAmount: () => buffered.get(id) ?? 0,
        terminate() {
          ended.push(id);
          hub.remove(one);
        },
      },
    };
    return one;
  };
  return { hub, listener, got, unions, buffered, ended };
}

const messages = 5;

test('a frame reaches each session once, by one scope or by several, if it asked for the intent', () => {
  const { hub, listener, got } = setUp();
  hub.add(listener('both'), ['a', 'b']);
  hub.add(listener('one'), ['b']);
  hub.add(listener('other'), ['c']);
  hub.add(listener('deaf', ['spaces']), ['a', 'b', 'c']);
  hub.publish(['a'], messages, '1');
  hub.publish(['a', 'b', 'nobody'], messages, '2');
  hub.publish(['nobody'], messages, '3');
  hub.publish(['a', 'c'], null, '4');
  expect(Object.fromEntries(got)).toEqual({
    both: ['1', '2', '4'],
    one: ['2'],
    other: ['4'],
    deaf: ['4'],
  });
});

test('a frame that is hidden from some scopes, or not for some sessions, does not reach them', () => {
  const { hub, listener, got } = setUp();
  const but = listener('but');
  hub.add(listener('hidden'), ['a', 'b']);
  hub.add(listener('seeing'), ['a']);
  hub.add(but, ['a']);
  hub.publish(['a'], messages, '1', ['b'], new Set([but]));
  expect(Object.fromEntries(got)).toEqual({ hidden: [], seeing: ['1'], but: [] });
});

test('a union of scopes leaves the hub as one call with the socket of each session', () => {
  const { hub, listener, got, unions } = setUp();
  const all = Array.from({ length: 30 }, (_, n) => listener(`${n}`));
  for (const [n, one] of all.entries()) hub.add(one, n % 2 === 0 ? ['a'] : ['a', 'b']);
  hub.publish(['a', 'b'], messages, '1');
  for (const frames of got.values()) expect(frames).toEqual(['1']);
  expect(unions.map((sockets) => new Set(sockets))).toEqual([
    new Set(all.map(({ socket }) => socket)),
  ]);
  hub.publish(['a', 'b'], messages, '2', ['a']);
  hub.publishTo(new Set(), '3');
  expect(unions).toHaveLength(1);
});

test('what goes to a union counts towards the sweep like what goes to a topic', () => {
  const { hub, listener, buffered, ended } = setUp();
  hub.add(listener('slow'), ['a', 'b']);
  buffered.set('slow', slow_bytes + 1);
  const frame = 'x'.repeat(60_000);
  for (let n = 0; n < 4; n += 1) hub.publish(['a'], messages, frame);
  for (let n = 0; n < 4; n += 1) hub.publish(['a', 'b'], messages, frame);
  expect(ended).toEqual([]);
  hub.publish(['a', 'b'], messages, frame);
  expect(ended).toEqual(['slow']);
});

test('who is off the air is subscribed to nothing, and known by no scope', () => {
  const { hub, listener, got } = setUp();
  const gone = listener('gone');
  hub.add(gone, ['a']);
  hub.remove(gone);
  // A change of access that was planned before comes after.
  hub.subscribe(gone, 'b');
  hub.publish(['a', 'b'], messages, '1');
  expect([...hub.of('a'), ...hub.of('b')]).toEqual([]);
  expect(got.get('gone')).toEqual([]);
  expect(hub.size).toBe(0);
});

test('a session that took the place of another one under the same id is not removed with that one', () => {
  const { hub, listener } = setUp();
  const [old, young] = [listener('same'), listener('same')];
  hub.add(old, ['a']);
  hub.remove(old);
  hub.add(young, ['a']);
  hub.remove(old);
  expect(hub.listener('same')).toBe(young);
  expect([...hub.of('a')]).toEqual([young]);
});

test('slow readers are ended before the bytes since the last look could be too many', () => {
  const { hub, listener, buffered, ended } = setUp();
  hub.add(listener('slow'), ['a']);
  hub.add(listener('fast'), ['a']);
  buffered.set('slow', slow_bytes + 1);
  const frame = 'x'.repeat(60_000);
  let published = 0;
  while (ended.length === 0 && published < 100) {
    hub.publish(['a'], messages, frame);
    published += 1;
  }
  expect(ended).toEqual(['slow']);
  // 512 KiB, and the one frame before which it looked.
  expect((published - 1) * frame.length).toBeLessThanOrEqual(512 * 1024);
  hub.sweep();
  expect(hub.size).toBe(1);
});
