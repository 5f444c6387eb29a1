// A disk that is full while people write, and has room again: nothing acknowledged is lost, nobody hears anything twice.
import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { closeSync, copyFileSync, existsSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { reached, registers } from '../support/outside.ts';
import type { Person } from '../support/person.ts';
import { serverCommand, ServerProcess } from '../support/process.ts';
import { canMount, emptyFolder, mounted } from '../support/starting.ts';
import { Follower } from './follower.ts';

const rounds = Number(process.env['ACCORD_CRASH_ROUNDS'] ?? 0);
const binary = process.env['ACCORD_BINARY'] ?? null;
const canEnter = canMount && Bun.which('nsenter') !== null;

/** A small disk that outlives the server on it: a process keeps its mount. */
class SmallDisk implements Disposable {
  readonly path: string;
  readonly #keeper: Bun.Subprocess;

  constructor(path: string, size: string) {
    this.path = path;
    const keep = mounted(`mount -t tmpfs -o size=${size} tmpfs "$0" && touch "$0/here"`, path);
    this.#keeper = Bun.spawn([...keep, 'sleep', '3600'], { stdio: ['ignore', 'ignore', 'ignore'] });
  }

  /** What stands before a command that is to see the disk. */
  get before(): string[] {
    return ['nsenter', '-t', String(this.#keeper.pid), '-m'];
  }

  /** A path on the disk as everybody else sees it. */
  at(name: string): string {
    return join(`/proc/${this.#keeper.pid}/root${this.path}`, name);
  }

  async mounted(): Promise<void> {
    while (!(await Bun.file(this.at('here')).exists())) await Bun.sleep(10);
  }

  fill(): void {
    const file = openSync(this.at('filler'), 'a');
    try {
      for (const block of [65_536, 4_096, 1]) {
        for (;;) {
          try {
            if (writeSync(file, Buffer.alloc(block)) < block) break;
          } catch {
            break;
          }
        }
      }
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.at('filler'), { force: true });
  }

  [Symbol.dispose](): void {
    this.#keeper.kill('SIGKILL');
  }
}

/** Writes without a pause, also while it is refused, until it is stopped or the server is gone. */
function writing(owner: Person, channel: { id: string }) {
  const said: string[] = [];
  const statuses = new Set<number>();
  let isOver = false;
  const writer = async (name: number) => {
    for (let n = 0; !isOver; n += 1) {
      const content = `${name} ${n} ${'much '.repeat((n * 37) % 700)}`;
      const reply = await owner
        .call('POST', `/channels/${channel.id}/messages`, { content })
        .catch(() => null);
      if (reply === null) return;
      statuses.add(reply.status);
      if (reply.status === 200) said.push(reply.data.id);
      else await Bun.sleep(20);
    }
  };
  const writers = [1, 2, 3, 4].map(writer);
  return {
    said,
    statuses,
    async stop() {
      isOver = true;
      await Promise.all(writers);
    },
  };
}

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; await Bun.sleep(50)) {
    if (await look()) return;
  }
  throw new Error(`${what} did not come`);
}

test.skipIf(rounds === 0 || !canEnter)(
  'a disk that is full and then has room again',
  async () => {
    using folder = emptyFolder();
    using disk = new SmallDisk(folder.path, '400m');
    await disk.mounted();
    const command = [...disk.before, ...serverCommand(binary), '--data-dir', folder.path];
    await using server = await ServerProcess.start(command, { ACCORD_TEST_MODE: 'on' });
    const outside = reached(server);
    const owner = await registers(outside, 'olga');
    const { space, general } = await owner.founds('Garden');
    const followers: Follower[] = [];
    for (const name of ['anna', 'bob']) {
      const person = await registers(outside, name);
      await person.joins(space);
      followers.push(new Follower(person), new Follower(person, 'web'));
    }
    for (const one of followers) one.begin();
    for (const one of followers) expect(await one.settled()).toBe(true);
    const health = () =>
      fetch(`${server.origin}/health`).then(async (answer) => [answer.status, await answer.text()]);
    const isWritable = async () => {
      const { status } = await owner.call('POST', `/channels/${general.id}/typing`);
      return status === 200 && (await health())[0] === 200;
    };
    const said: string[] = [];
    const expectAll = async () => {
      for (const one of followers) expect(await one.settled()).toBe(true);
      // Nobody writes now, so the two files fit each other. SQLite itself would not look there.
      using copy = emptyFolder();
      for (const name of ['accord.db', 'accord.db-wal']) {
        if (existsSync(disk.at(name))) copyFileSync(disk.at(name), join(copy.path, name));
      }
      using db = new Database(join(copy.path, 'accord.db'));
      expect(db.query('PRAGMA integrity_check').values()).toEqual([['ok']]);
      const rows = db.query<{ id: string }, []>('SELECT id FROM messages ORDER BY n').all();
      const kept = rows.map(({ id }) => id);
      const here = new Set(kept);
      expect(said.filter((id) => !here.has(id))).toEqual([]);
      for (const { heard, faults, refused } of followers) {
        expect({ faults, refused }).toEqual({ faults: [], refused: 0 });
        expect(heard).toEqual(kept);
      }
    };

    for (let round = 0; round < Math.min(rounds, 10); round += 1) {
      const work = writing(owner, general);
      await Bun.sleep(300);
      disk.fill();
      await until('a refusal', async () => work.statuses.has(503));
      expect([...work.statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);
      await until('a remark of /health', async () => (await health())[0] === 503);
      // Reading goes on, and so do sockets.
      const read = await owner.call('GET', `/channels/${general.id}/messages?limit=5`);
      expect([read.status, read.data.length]).toEqual([200, 5]);
      for (const one of followers) expect(await one.settled()).toBe(true);
      if (round % 2 === 0) {
        disk.free();
        await until('room', isWritable);
        await work.stop();
      } else {
        await server.end('SIGKILL');
        await work.stop();
        // A start on a full disk ends with one line, or serves; with room it serves.
        await server.startAndKill(1_500);
        disk.free();
        await server.start();
      }
      said.push(...work.said);
      await owner.says(general, 'room again');
      await expectAll();
      // Room for the next round: the log is as large as the disk allowed.
      await server.end('SIGTERM');
      await server.start();
      await expectAll();
    }
    for (const one of followers) one.end();
    console.log(`${said.length} messages acknowledged`);
  },
  30_000 + rounds * 15_000,
);
