// Killed at random moments under load: nothing acknowledged is lost, nobody hears anything twice.
import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { reached, registers } from '../support/outside.ts';
import type { Person } from '../support/person.ts';
import { serverCommand, ServerProcess } from '../support/process.ts';
import { Follower } from './follower.ts';

/** How often the server is killed; without a number these tests are skipped. */
const rounds = Number(process.env['ACCORD_CRASH_ROUNDS'] ?? 0);
const binary = process.env['ACCORD_BINARY'] ?? null;

interface Load {
  /** Ids of messages, as the server has acknowledged them; then of those whose deletion it has. */
  readonly said: string[];
  readonly deleted: string[];
  stop(): Promise<void>;
}

/** Writes, deletes, joins and leaves until the server is gone, or until it is stopped. */
function load(owner: Person, mover: Person, channel: { id: string }, large: { id: string }): Load {
  const said: string[] = [];
  const deleted: string[] = [];
  let isOver = false;
  let next = 0;
  const path = `/channels/${channel.id}/messages`;
  const until = async (work: (n: number) => Promise<boolean>) => {
    for (let n = 0; !isOver; n += 1) {
      if (!(await work(n).catch(() => false))) return;
    }
  };
  const workers = [
    ...[1, 2, 3, 4].map((writer) =>
      until(async (n) => {
        const content = `${writer} ${n} ${'much '.repeat((n * 37) % 700)}`;
        const { status, data } = await owner.call('POST', path, { content });
        if (status === 200) said.push(data.id);
        return status === 200;
      }),
    ),
    until(async () => {
      const id = said[next];
      if (id === undefined) {
        await Bun.sleep(5);
        return true;
      }
      next += 9;
      const { status } = await owner.call('DELETE', `${path}/${id}`);
      if (status === 200) deleted.push(id);
      return status === 200;
    }),
    until(async (n) => {
      const [method, where] = n % 2 === 0 ? ['POST', 'join'] : ['DELETE', 'members/@me'];
      const { status } = await mover.call(method, `/spaces/${large.id}/${where}`);
      await Bun.sleep(15);
      // Whether the last one of these was done before the server was killed is not known.
      return status === 200 || (status >= 400 && status < 500);
    }),
  ];
  return {
    said,
    deleted,
    async stop() {
      isOver = true;
      await Promise.all(workers);
    },
  };
}

function kept(path: string) {
  using db = new Database(path, { readonly: true });
  const messages = db.query<{ id: string }, []>('SELECT id FROM messages ORDER BY n').all();
  return messages.map(({ id }) => id);
}

function isWhole(path: string): boolean {
  using db = new Database(path, { readonly: true });
  const integrity = db.query('PRAGMA integrity_check').values();
  const foreign = db.query('PRAGMA foreign_key_check').values();
  return integrity[0]?.[0] === 'ok' && foreign.length === 0;
}

async function channelsOf(person: Person): Promise<Record<string, string[]>> {
  const spaces = await person.does('GET', '/users/@me/spaces');
  const lists = await Promise.all(
    spaces.map(async ({ id }: { id: string }) => {
      const channels = await person.does('GET', `/spaces/${id}/channels`);
      return [id, channels.map((one: { id: string }) => one.id).toSorted()];
    }),
  );
  return Object.fromEntries(lists);
}

/** Waits until a follower knows what its account sees; answers what it knows at last. */
async function known(follower: Follower, wanted: object): Promise<object> {
  const now = () =>
    Object.fromEntries(Array.from(follower.channels, ([id, all]) => [id, [...all].toSorted()]));
  for (let n = 0; n < 100 && !Bun.deepEquals(now(), wanted); n += 1) await Bun.sleep(50);
  return now();
}

async function addChannels(owner: Person, space: { id: string }, count: number): Promise<void> {
  const topic = 'what this channel is about '.repeat(30);
  for (let n = 0; n < count; n += 10) {
    const some = Array.from({ length: Math.min(10, count - n) }, (_, k) =>
      owner.does('POST', `/spaces/${space.id}/channels`, { name: `room ${n + k}`, topic }),
    );
    await Promise.all(some);
  }
}

test.skipIf(rounds === 0)(
  `killed ${rounds} times: what was acknowledged is there, and each client hears each event once and in order`,
  async () => {
    await using server = await ServerProcess.start(serverCommand(binary), {
      ACCORD_TEST_MODE: 'on', // more people than may register from one address
    });
    const outside = reached(server);
    const owner = await registers(outside, 'olga');
    const { space, general } = await owner.founds('Garden');
    const wide = await owner.founds('Wide');
    const large = await owner.founds('Large');
    await addChannels(owner, wide.space, 150);
    await addChannels(owner, large.space, 120);
    const people: Person[] = [];
    for (const name of ['anna', 'bob', 'cleo']) {
      const person = await registers(outside, name);
      await person.joins(space);
      people.push(person);
    }
    const [mover, looker] = [await registers(outside, 'mia'), await registers(outside, 'leo')];
    await looker.joins(wide.space);
    const steady = people.flatMap((one) => [new Follower(one), new Follower(one, 'web')]);
    const moving = new Follower(mover);
    const looking = new Follower(looker, 'web');
    const all = [...steady, moving, looking];
    for (const one of all) one.begin();
    for (const one of all) expect(await one.settled()).toBe(true);

    const said: string[] = [];
    const gone = new Set<string>();
    for (let round = 0; round < rounds; round += 1) {
      const work = load(owner, mover, general, large.space);
      // Now and then as long as until the next checkpoint, which comes after two seconds.
      const run_ms = round % 10 === 9 ? 1_500 + Math.random() * 700 : 20 + Math.random() * 500;
      // Whoever has just begun is owed much of what it sees.
      setTimeout(() => looking.forget(), Math.max(0, run_ms - Math.random() * 250));
      await Bun.sleep(run_ms);
      await server.end('SIGKILL');
      await work.stop();
      if (round % 5 === 4) await server.startAndKill(Math.random() * 250);
      await server.start();
      said.push(...work.said);
      for (const id of work.deleted) gone.add(id);

      for (const one of all) expect(await one.settled()).toBe(true);
      const messages = kept(server.database);
      const here = new Set(messages);
      expect(
        said.filter((id) => !here.has(id) && !gone.has(id) && !steady[0]?.deleted.has(id)),
      ).toEqual([]);
      expect([...gone].filter((id) => here.has(id))).toEqual([]);
      for (const one of steady) {
        expect({ faults: one.faults, refused: one.refused }).toEqual({ faults: [], refused: 0 });
        expect(new Set(one.heard).size).toBe(one.heard.length);
        expect(one.heard.filter((id) => here.has(id))).toEqual(messages);
      }
      for (const one of [moving, looking]) {
        const wanted = await channelsOf(one.person);
        expect(await known(one, wanted)).toEqual(wanted);
      }
      if (round % 10 === 9 || round === rounds - 1) expect(isWhole(server.database)).toBe(true);
    }
    console.log(
      `${said.length} messages acknowledged, ${gone.size} deleted; resumed ${all.reduce((n, one) => n + one.resumed, 0)} times, refused ${moving.refused} (moving) and ${looking.refused} (owed) times`,
    );
    for (const one of all) one.end();
  },
  30_000 + rounds * 15_000,
);
