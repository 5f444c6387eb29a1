// A server with Litestream beside it: neither hurts the other.
import { Database } from 'bun:sqlite';
import { expect } from 'bun:test';
import { Litestream, litestreamTest } from '../support/litestream.ts';
import { until } from '../support/livekit.ts';
import { reached, registers } from '../support/outside.ts';
import type { Person } from '../support/person.ts';
import { serverCommand, ServerProcess } from '../support/process.ts';

const text = 'much to keep '.repeat(40);

/** Six who speak until they are stopped, or the server is gone. */
class Crowd {
  readonly kept: string[] = [];
  readonly statuses = new Map<number, number>();
  readonly took_ms: number[] = [];
  #isOver = false;
  readonly #senders: Promise<void>[];

  constructor(owner: Person, { id }: { id: string }) {
    this.#senders = Array.from({ length: 6 }, async () => {
      while (!this.#isOver) {
        const begun_ms = performance.now();
        const reply = await owner
          .call('POST', `/channels/${id}/messages`, { content: text })
          .catch(() => null);
        if (reply === null) return;
        this.took_ms.push(performance.now() - begun_ms);
        this.statuses.set(reply.status, (this.statuses.get(reply.status) ?? 0) + 1);
        if (reply.status === 200) this.kept.push(reply.data.id);
      }
    });
  }

  async ends(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#senders);
  }
}

async function begin() {
  const process = await ServerProcess.start(serverCommand(null));
  const litestream = new Litestream(process.database);
  const owner = await registers(reached(process), 'olga');
  const { general } = await owner.founds();
  return { process, litestream, owner, general };
}

function read<T>(path: string, sql: string): T[] {
  const db = new Database(path);
  try {
    return db.query<T, []>(sql).all();
  } finally {
    db.close();
  }
}

litestreamTest(
  'server and Litestream make checkpoints beside one another: nobody waits, the log stays short',
  async () => {
    const { process, litestream, owner, general } = await begin();
    await using both = new AsyncDisposableStack();
    both.use(process);
    both.use(litestream);
    litestream.start();
    await until('Litestream to begin', () => litestream.snapshots === 1);
    const crowd = new Crowd(owner, general);
    await until('checkpoints', () => litestream.checkpoints >= 5, 30_000);
    await crowd.ends();
    expect([...crowd.statuses.keys()]).toEqual([200]);
    // A stall of a second would show in six answers each time.
    expect(crowd.took_ms.filter((ms) => ms > 900).length).toBeLessThan(12);
    const inLog = () =>
      read<{ log: number }>(process.database, 'PRAGMA wal_checkpoint(NOOP)')[0]?.log;
    await until('a short log', async () => {
      await owner.says(general, 'a word now and then');
      return (inLog() ?? 0) < 1_000;
    });
    // Neither a checkpoint of the server nor its restart costs a copy of the whole.
    await process.end('SIGTERM');
    await process.start();
    await owner.says(general, 'after a restart');
    await Bun.sleep(2_500);
    expect(litestream.snapshots).toBe(1);
    expect(litestream.log).not.toContain('level=ERROR');
  },
);

litestreamTest(
  'a server killed right after a checkpoint by Litestream starts again with all that it answered',
  async () => {
    const { process, litestream, owner, general } = await begin();
    await using both = new AsyncDisposableStack();
    both.use(process);
    both.use(litestream);
    litestream.start();
    // The first time, the server has had no time to notice that it is not alone.
    for (const due of [1, 3]) {
      const crowd = new Crowd(owner, general);
      while (litestream.checkpoints < due) await Bun.sleep(1);
      await process.end('SIGKILL');
      await crowd.ends();
      await process.start();
      const rows = read<{ id: string }>(process.database, 'SELECT id FROM messages');
      const lost = new Set(crowd.kept).difference(new Set(rows.map(({ id }) => id)));
      expect([...lost]).toEqual([]);
    }
    const integrity = read(process.database, 'PRAGMA integrity_check');
    expect(integrity).toEqual([{ integrity_check: 'ok' }]);
    expect(litestream.snapshots).toBe(1);
  },
);
