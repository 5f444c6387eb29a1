// The connection that comes back, against a gateway that does what each test wants.
import { expect, test } from 'bun:test';
import { Gateway, type Line } from '../../src/client/gateway.ts';
import { until } from '../support/livekit.ts';

type Socket = Bun.ServerWebSocket;

interface Frame {
  readonly op: number;
  readonly data: any;
}

/** A gateway by hand: greets, notes what comes, and answers as `answers` says. */
class FakeGateway implements Disposable {
  readonly got: Frame[] = [];
  readonly sockets: Socket[] = [];
  readonly heard: { type: string; isReplayed: boolean }[] = [];
  readonly lines: Line[] = [];
  readonly client: Gateway;
  readonly #server: Bun.Server<undefined>;

  constructor(answers: (socket: Socket, frame: Frame) => void, heartbeat_interval = 60_000) {
    const { got, sockets } = this;
    this.#server = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: (request, server) =>
        server.upgrade(request, { data: undefined })
          ? undefined
          : new Response('', { status: 400 }),
      websocket: {
        open(socket) {
          sockets.push(socket);
          send(socket, 5, { heartbeat_interval });
        },
        message(socket, text) {
          const frame = JSON.parse(String(text));
          got.push(frame);
          answers(socket, frame);
        },
      },
    });
    this.client = new Gateway({
      url: `ws://127.0.0.1:${this.#server.port}/ws`,
      token: 'secret',
      intents: ['messages'],
      os: 'test',
      heard: ({ type }, isReplayed) => void this.heard.push({ type, isReplayed }),
      line: (now) => void this.lines.push(now),
    });
  }

  ops(op: number): any[] {
    return this.got.filter((frame) => frame.op === op).map(({ data }) => data);
  }

  [Symbol.dispose](): void {
    this.client.end();
    void this.#server.stop(true);
  }
}

const [event, beat, identify, resume, ack, reconnect, invalid] = [0, 1, 2, 3, 4, 6, 7];

const send = (socket: Socket, op: number, data: unknown) =>
  socket.send(JSON.stringify({ op, data }));
const tell = (socket: Socket, type: string, seq: number, data: object = {}) =>
  socket.send(JSON.stringify({ op: event, type, seq, data }));

/** Lets everybody in, and takes sessions up again. */
function welcomes(socket: Socket, { op }: Frame): void {
  if (op === identify) tell(socket, 'ready', 1, { session_id: 'one' });
  if (op === resume) tell(socket, 'resumed', 9);
  if (op === beat) send(socket, ack, null);
}

test('a line that is cut is taken up where it was, and what was missed counts as replayed', async () => {
  using gateway = new FakeGateway((socket, frame) => {
    if (frame.op !== resume) return welcomes(socket, frame);
    tell(socket, 'message.create', 8);
    tell(socket, 'resumed', 9);
    tell(socket, 'message.create', 10);
  });
  const { heard, sockets, lines } = gateway;
  await until('READY', () => heard.length === 1);
  expect(gateway.ops(identify)).toEqual([
    {
      token: 'Bearer secret',
      intents: ['messages'],
      properties: { os: 'test', client: 'accord-web' },
    },
  ]);
  for (const socket of sockets) tell(socket, 'message.create', 7);
  await until('an event', () => heard.length === 2);
  gateway.client.drop();
  await until('the rest', () => heard.length === 5);
  expect(gateway.ops(resume)).toEqual([{ token: 'Bearer secret', session_id: 'one', seq: 7 }]);
  expect(heard.map(({ isReplayed }) => isReplayed)).toEqual([false, false, true, false, false]);
  expect(lines.filter((line, index) => line !== lines[index - 1])).toEqual([
    'connecting',
    'open',
    'connecting',
    'open',
  ]);
});

test('a session that the server does not know is begun anew', async () => {
  using gateway = new FakeGateway((socket, frame) => {
    if (frame.op !== resume) return welcomes(socket, frame);
    send(socket, invalid, false);
    socket.close(4000);
  });
  await until('READY', () => gateway.heard.length === 1);
  gateway.client.drop();
  await until('READY once more', () => gateway.heard.length === 2);
  expect(gateway.ops(resume)).toHaveLength(1);
  expect(gateway.ops(identify)).toHaveLength(2);
  expect(gateway.heard.map(({ type }) => type)).toEqual(['ready', 'ready']);
});

test('a token that is not valid any more ends it', async () => {
  using gateway = new FakeGateway((socket) => socket.close(4004));
  await until('the end', () => gateway.lines.at(-1) === 'refused');
  await Bun.sleep(600);
  expect(gateway.sockets).toHaveLength(1);
});

test('a line on which heartbeats find no answer is dead', async () => {
  using gateway = new FakeGateway((socket, frame) => {
    if (frame.op !== beat) welcomes(socket, frame);
  }, 40);
  await until('another line', () => gateway.ops(resume).length > 0);
  expect(gateway.ops(beat).length).toBeGreaterThanOrEqual(1);
});

test('a server that asks for it is left and found again', async () => {
  using gateway = new FakeGateway(welcomes);
  await until('READY', () => gateway.heard.length === 1);
  for (const socket of gateway.sockets) send(socket, reconnect, null);
  await until('the same session', () => gateway.ops(resume).length === 1);
});

test('who hurries asks whether the line holds, and does not wait for the next attempt', async () => {
  using gateway = new FakeGateway(welcomes);
  await until('READY', () => gateway.heard.length === 1);
  gateway.client.hurry();
  await until('a heartbeat', () => gateway.ops(beat).length === 1);
  gateway.client.drop();
  await until('the end of the line', () => gateway.lines.at(-1) === 'connecting');
  gateway.client.hurry();
  await until('the same session', () => gateway.ops(resume).length === 1);
});

test('who has ended the session does not come back', async () => {
  using gateway = new FakeGateway(welcomes);
  await until('READY', () => gateway.heard.length === 1);
  gateway.client.end();
  await until('the end', () => gateway.sockets.every(({ readyState }) => readyState === 3));
  await Bun.sleep(300);
  expect(gateway.sockets).toHaveLength(1);
});
