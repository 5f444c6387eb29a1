// When the connection gives a socket up, and how long it waits then: by a clock and sockets that tests move.
import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import { Gateway, type Line } from '../../src/client/gateway.ts';
import { closeCodes } from '../../src/gateway/protocol.ts';

interface Frame {
  readonly op: number;
  readonly data: any;
}

/** A socket whose other end is the test. As on a dead network, closing it makes nobody answer. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  readonly sent: Frame[] = [];
  closedWith: number | null = null;
  onmessage: (event: { data: string }) => void = () => undefined;
  onclose: (event: { code: number }) => void = () => undefined;

  constructor() {
    FakeSocket.all.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(code: number): void {
    this.readyState = 2;
    this.closedWith ??= code;
  }

  says(frame: object): void {
    this.readyState = FakeSocket.OPEN;
    this.onmessage({ data: JSON.stringify(frame) });
  }
  greets(): void {
    this.says({ op: hello, data: { heartbeat_interval: 45_000 } });
  }
  welcomes(): void {
    this.greets();
    this.says({ op: 0, type: 'ready', seq: 1, data: { session_id: 'one' } });
  }
  resumes(): void {
    this.greets();
    this.says({ op: 0, type: 'resumed', seq: 9, data: {} });
  }
  ends(code: number): void {
    this.readyState = 3;
    this.onclose({ code });
  }
  ops(): number[] {
    return this.sent.map(({ op }) => op);
  }
}

const [beat, identify, resume, ack, hello] = [1, 2, 3, 4, 5];

const native = { WebSocket: globalThis.WebSocket, random: Math.random };
let client: Gateway;
let lines: Line[] = [];

beforeEach(() => {
  jest.useFakeTimers();
  Math.random = () => 0.5;
  globalThis.WebSocket = FakeSocket as unknown as typeof WebSocket;
  FakeSocket.all = [];
  lines = [];
  client = new Gateway({
    url: 'ws://127.0.0.1/ws',
    token: 'secret',
    intents: [],
    os: 'test',
    heard: () => undefined,
    line: (now) => void lines.push(now),
  });
});

afterEach(() => {
  client.end();
  jest.useRealTimers();
  globalThis.WebSocket = native.WebSocket;
  Math.random = native.random;
});

const passes = (ms: number) => jest.advanceTimersByTime(ms);

/** The socket of now. */
function socket(): FakeSocket {
  const last = FakeSocket.all.at(-1);
  if (last === undefined) throw new Error('there is no socket');
  return last;
}

/** Lets the pause pass until the next socket, and returns how long it was, to some milliseconds. */
function pause_ms(): number {
  const before = FakeSocket.all.length;
  for (let ms = 0; ms < 60_000; ms += 10) {
    if (FakeSocket.all.length > before) return ms;
    passes(10);
  }
  throw new Error('nobody connects again');
}

/** The device sleeps: its clock goes on, its timers do not. */
const sleeps = (ms: number) => jest.setSystemTime(Date.now() + ms);

test('a socket on which nobody says HELLO is given up after 15 s, and the session goes on', () => {
  socket().welcomes();
  socket().ends(1006);
  pause_ms();
  const dead = socket();
  dead.readyState = FakeSocket.OPEN;
  passes(14_900);
  expect(dead.closedWith).toBeNull();
  passes(200);
  expect(dead.closedWith).toBe(4000);
  pause_ms();
  expect(socket()).not.toBe(dead);
  socket().resumes();
  expect(socket().ops()).toEqual([resume]);
  // HELLO has come: nothing is given up any more.
  passes(44_000);
  expect(socket().closedWith).toBeNull();
});

test('after every code but that of a bad token the client comes back, sooner or later', () => {
  const codes = Object.keys(closeCodes).map(Number);
  expect(codes).toContain(4008);
  for (const code of codes.filter((one) => one !== 4004)) {
    socket().resumes();
    socket().ends(code);
    expect(lines.at(-1)).toBe('connecting');
    expect(pause_ms()).toBe(code === 4008 ? 2_000 : 250);
  }
  socket().ends(4004);
  expect(lines.at(-1)).toBe('refused');
  const count = FakeSocket.all.length;
  passes(600_000);
  client.hurry();
  expect(FakeSocket.all).toHaveLength(count);
});

test('who comes too often waits longer each time, whether a session began or not', () => {
  const before = [2_000, 4_000, 8_000, 16_000, 20_000, 20_000];
  for (const ms of before) {
    socket().greets();
    socket().ends(4008);
    // The server wants this pause: nothing shortens it.
    client.hurry();
    expect(pause_ms()).toBe(ms);
  }
  // A session each time, which ends at once.
  socket().welcomes();
  const inside = [2_000, 4_000, 8_000];
  for (const ms of inside) {
    socket().ends(4008);
    expect(pause_ms()).toBe(ms);
    socket().welcomes();
  }
  // One that holds for a minute forgets that.
  passes(61_000);
  socket().says({ op: ack });
  socket().ends(1006);
  expect(pause_ms()).toBe(2_000);
  socket().welcomes();
  socket().ends(4008);
  expect(pause_ms()).toBe(2_000);
});

test('a session that is taken up again does not wait longer for it', () => {
  socket().welcomes();
  for (let n = 0; n < 5; n += 1) {
    socket().ends(1006);
    expect(pause_ms()).toBe(250);
    socket().resumes();
  }
});

test('a dead line is left without waiting for its other end', () => {
  socket().welcomes();
  const dead = socket();
  client.hurry();
  expect(dead.ops()).toEqual([identify, beat]);
  passes(5_000);
  expect(dead.closedWith).toBe(4000);
  expect(lines.at(-1)).toBe('connecting');
  pause_ms();
  socket().resumes();
  expect(lines.at(-1)).toBe('open');
  // What comes of it later counts no more.
  dead.ends(4000);
  dead.says({ op: 7, data: {} });
  expect(lines.at(-1)).toBe('open');
  expect(FakeSocket.all).toHaveLength(2);
});

test('a line that answers in time holds, however often it is asked', () => {
  socket().welcomes();
  client.hurry();
  client.hurry();
  expect(socket().ops()).toEqual([identify, beat]);
  passes(4_900);
  socket().says({ op: ack });
  client.hurry();
  passes(200);
  expect(socket().closedWith).toBeNull();
  socket().says({ op: ack });
  passes(40_000);
  expect(FakeSocket.all).toHaveLength(1);
});

test('a device that slept asks whether the line holds as soon as a timer runs again', () => {
  socket().welcomes();
  sleeps(30_000);
  passes(5_000);
  expect(socket().ops()).toEqual([identify, beat]);
  socket().says({ op: ack });
  passes(6_000);
  expect(FakeSocket.all).toHaveLength(1);
});

test('after a long sleep it leaves the line at once, which the server has given up', () => {
  socket().welcomes();
  const dead = socket();
  sleeps(10 * 60_000);
  client.hurry();
  expect(dead.closedWith).toBe(4000);
  expect(FakeSocket.all).toHaveLength(2);
  socket().resumes();
  expect(socket().ops()).toEqual([resume]);
  sleeps(10 * 60_000);
  passes(5_000);
  expect(FakeSocket.all).toHaveLength(3);
});
