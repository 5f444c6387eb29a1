// A client that comes back whenever the server does, and keeps what it heard.
import type { Person } from '../support/person.ts';

type Thing = Record<string, any>;

export class Follower {
  readonly person: Person;
  readonly #os: string;
  /** Ids of messages in the order in which they were heard. */
  heard: string[] = [];
  readonly deleted = new Set<string>();
  /** The channels that it knows, by space. */
  readonly channels = new Map<string, Set<string>>();
  /** What it must never see: numbers that do not grow. */
  readonly faults: string[] = [];
  resumed = 0;
  refused = 0;
  #socket: WebSocket | null = null;
  #session: { session_id: string; seq: number } | null = null;
  #isOver = false;
  #isReady = false;
  #beats = 0;

  constructor(person: Person, os = '') {
    this.person = person;
    this.#os = os;
  }

  get seq(): number {
    return this.#session?.seq ?? 0;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Connects, and connects again until `end`. */
  begin(): void {
    const socket = new WebSocket(`${this.person.server.gateway}?v=1&encoding=json`);
    this.#socket = socket;
    this.#isReady = false;
    socket.addEventListener('message', ({ data }) => {
      if (this.#socket === socket) this.#take(socket, JSON.parse(String(data)));
    });
    socket.addEventListener('close', () => {
      if (this.#socket !== socket) return;
      this.#isReady = false;
      if (!this.#isOver) setTimeout(() => this.begin(), 20);
    });
  }

  end(): void {
    this.#isOver = true;
    this.#isReady = false;
    this.#socket?.terminate();
  }

  /** Forgets its session: the next connection begins anew. */
  forget(): void {
    this.#session = null;
    this.#isReady = false;
    this.#socket?.terminate();
  }

  /** Until everything that was sent before has arrived; false if the connection broke. */
  async settled(within_ms = 10_000): Promise<boolean> {
    for (const end = Date.now() + within_ms; Date.now() < end; await Bun.sleep(5)) {
      if (!this.#isReady) continue;
      const due = this.#beats + 1;
      this.#socket?.send('{"op":1}');
      while (this.#beats < due && this.#isReady && Date.now() < end) await Bun.sleep(2);
      if (this.#beats >= due) return true;
    }
    return false;
  }

  #take(socket: WebSocket, { op, type = '', seq, data = {} }: Thing): void {
    if (op === 5) return this.#hello(socket);
    if (op === 4) {
      this.#beats += 1;
      return;
    }
    if (op === 7) {
      this.refused += 1;
      this.#session = null;
      return;
    }
    if (op !== 0) return;
    if (type === 'ready') return this.#ready(data, seq);
    if (type === 'resumed') {
      this.resumed += 1;
      this.#isReady = true;
    } else this.#hear(type, data);
    if (typeof seq !== 'number' || this.#session === null) return;
    if (seq <= this.#session.seq && type !== 'resumed') {
      this.faults.push(`${type} has ${seq} after ${this.#session.seq}`);
    }
    this.#session.seq = seq;
  }

  #hello(socket: WebSocket): void {
    const token = this.person.authorization;
    const properties = { os: this.#os };
    const intents = ['spaces', 'messages', 'members'];
    const frame =
      this.#session === null
        ? { op: 2, data: { token, intents, properties } }
        : { op: 3, data: { token, ...this.#session } };
    socket.send(JSON.stringify(frame));
  }

  #ready(data: Thing, seq: number): void {
    this.#session = { session_id: data['session_id'], seq };
    this.#isReady = true;
    this.channels.clear();
    for (const { id } of data['spaces']) this.channels.set(id, new Set());
    for (const { id, space_id } of data['channels']) this.channels.get(space_id)?.add(id);
  }

  #hear(type: string, data: Thing): void {
    const { id, space_id } = data;
    if (type === 'message.create') this.heard.push(id);
    else if (type === 'message.delete') this.deleted.add(id);
    else if (type === 'space.create') this.channels.set(id, this.channels.get(id) ?? new Set());
    else if (type === 'space.delete') this.channels.delete(id);
    else if (type === 'channel.create') this.channels.get(space_id)?.add(id);
    else if (type === 'channel.delete') this.channels.get(space_id)?.delete(id);
  }
}
