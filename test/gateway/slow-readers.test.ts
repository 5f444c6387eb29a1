import { expect, test } from 'bun:test';
import { slow_bytes } from '../../src/events/slow-readers.ts';
import { patience_ms } from '../support/patience.ts';
import type { Person } from '../support/person.ts';
import { SlowReader } from '../support/slow-reader.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { noted } from '../support/turns.ts';

const readers = 40;
const events = 1_200;
const text = 'x'.repeat(30_000);

/** How many events were published: pauses are counted in them, so that a slow machine tries as much. */
const progress = { published: 0 };

/** Until so many more events were published, or all. */
async function passed(count: number, reader: SlowReader): Promise<void> {
  const until = Math.min(events, progress.published + count);
  while (progress.published < until && !reader.isGone) await Bun.sleep(2);
}

/** One who reads for a while, then does not, and comes back whenever it was cut off. */
class Client {
  readonly heard: number[] = [];
  cuts = 0;
  resumes = 0;
  /** Was too far behind for RESUME. */
  isLost = false;
  isDone = false;
  readonly ready = Promise.withResolvers<void>();
  #session_id = '';
  #seq = 0;
  #isEnding = false;
  #reader: SlowReader | null = null;
  readonly #person: Person;
  readonly #nextPause: () => number;

  constructor(person: Person, nextPause: () => number) {
    this.#person = person;
    this.#nextPause = nextPause;
  }

  async run(port: number): Promise<void> {
    const token = this.#person.authorization;
    while (!this.isLost && !this.#isEnding) {
      const reader = new SlowReader(port, ({ op, type, seq, data }) => {
        if (op === 5 && this.#session_id === '') reader.send(2, { token, intents: [] });
        else if (op === 5) {
          reader.send(3, { token, session_id: this.#session_id, seq: this.#seq });
        } else if (op === 7) this.isLost = true;
        if (typeof seq === 'number') this.#seq = seq;
        if (type === 'ready') {
          this.#session_id = data.session_id;
          this.ready.resolve();
        } else if (type === 'resumed') this.resumes += 1;
        else if (type === noted.type) {
          this.heard.push(Number.parseInt(data.text, 10));
          this.isDone = this.heard.at(-1) === events - 1;
        }
      });
      this.#reader = reader;
      const dawdling = this.#dawdle(reader);
      await reader.gone;
      if (!this.#isEnding) this.cuts += 1;
      await dawdling;
    }
  }

  /** Slow now and then, until the connection is gone or everything was read. */
  async #dawdle(reader: SlowReader): Promise<void> {
    while (!reader.isGone && !this.isDone) {
      await passed(this.#nextPause() / 4, reader);
      if (this.isDone) break;
      reader.pause();
      await passed(this.#nextPause(), reader);
      reader.resume();
      // Everything was published: what is left is only to be read.
      if (progress.published === events) await Promise.race([Bun.sleep(20), reader.gone]);
    }
  }

  end(): void {
    this.#isEnding = true;
    this.#reader?.end();
  }
}

/** Publishes as fast as it goes; answers the most that any socket held back. */
async function publish(server: TestServer, person: Person): Promise<number> {
  let max_bytes = 0;
  for (let n = 0; n < events; n += 1) {
    await server.turn((turn) => {
      turn.tell(noted, { user_ids: [person.id] }, { text: `${n} ${text}` });
    });
    progress.published = n + 1;
    for (const socket of server.app.hub.sockets()) {
      max_bytes = Math.max(max_bytes, socket.getBufferedAmount());
    }
  }
  return max_bytes;
}

test('readers that are slow now and then have no hole in what they read, and RESUME brings the rest', async () => {
  await using server = await startTest();
  const bob = await server.person('bob');
  // A sequence that looks random and is the same every time.
  let state = 1;
  const next = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const clients = Array.from({ length: readers }, (_, n) => {
    // Every fourth is hardly ever slow.
    const most = n % 4 === 0 ? 4 : 220;
    return new Client(bob, () => next() * most);
  });
  const running = clients.map((client) => client.run(server.running.port));
  await Promise.all(clients.map(({ ready }) => ready.promise));
  const max_bytes = await publish(server, bob);
  const until = Date.now() + patience_ms;
  while (!clients.every(({ isDone, isLost }) => isDone || isLost) && Date.now() < until) {
    await Bun.sleep(20);
  }
  for (const client of clients) client.end();
  await Promise.all(running);
  const all = [...Array.from({ length: events }).keys()];
  for (const { heard, isLost } of clients) {
    // Whoever fell too far behind for RESUME has at least no hole before that.
    expect(heard).toEqual(isLost ? all.slice(0, heard.length) : all);
  }
  const sum = (of: (client: Client) => number) => clients.reduce((n, one) => n + of(one), 0);
  // Without these it would have been no trial.
  expect(sum(({ cuts }) => cuts)).toBeGreaterThan(0);
  expect(sum(({ resumes }) => resumes)).toBeGreaterThan(0);
  expect(clients.some(({ isDone }) => isDone)).toBe(true);
  expect(max_bytes).toBeGreaterThan(slow_bytes);
  expect(max_bytes).toBeLessThan(4 * slow_bytes);
}, 60_000);
