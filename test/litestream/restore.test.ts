// A server that is replicated, dies, and is restored: what it lost, and what its clients miss.
import { Database } from 'bun:sqlite';
import { expect } from 'bun:test';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { emptyFolder, refusalOf } from '../support/starting.ts';
import type { Ears } from '../support/ears.ts';
import { Litestream, litestreamTest } from '../support/litestream.ts';
import { until } from '../support/livekit.ts';
import { reached, registers } from '../support/outside.ts';
import { Person } from '../support/person.ts';
import { serverCommand, ServerProcess } from '../support/process.ts';
import { refusal, standOf } from '../support/resuming.ts';
import { quietly } from '../support/world.ts';

/** What is answered this long before the end is in the replica; the page says two or three seconds. */
const lag_ms = 3_000;

/** The messages in a database, after it was found whole. */
function messagesIn(path: string): string[] {
  const db = new Database(path, { readonly: true });
  try {
    expect(db.query('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    expect(db.query('PRAGMA foreign_key_check').all()).toEqual([]);
    return db
      .query<{ id: string }, []>('SELECT id FROM messages ORDER BY length(id), id')
      .all()
      .map(({ id }) => id);
  } finally {
    db.close();
  }
}

const idsHeard = ({ frames }: Ears): string[] =>
  frames.flatMap(({ type, data }) => (type === 'message.create' ? [data['id']] : []));

/** The same person, on a server in another place. */
const on = (process: ServerProcess, { id, name, token }: Person) =>
  new Person(reached(process), { id, name, token });

/** Lives through a server that is replicated under load, until it and Litestream are killed. */
async function liveAndDie(process: ServerProcess, litestream: Litestream) {
  const server = reached(process);
  const owner = await registers(server, 'olga');
  const bob = await registers(server, 'bob');
  const { space, general } = await owner.founds();
  await bob.joins(space);
  const behind = await bob.listens(quietly);
  const ahead = await bob.listens(quietly);
  litestream.start();
  await until('Litestream to begin', () => litestream.snapshots === 1);
  const answered: { id: string; at_ms: number }[] = [];
  let isOver = false;
  const sender = async (): Promise<void> => {
    for (let n = 0; !isOver; n += 1) {
      const { id } = await owner.says(general, `message ${n}`);
      answered.push({ id, at_ms: performance.now() });
      await Bun.sleep(5);
    }
  };
  const senders = [1, 2, 3].map(sender);
  await behind.hears('message.create');
  behind.drop();
  await Bun.sleep(2 * lag_ms);
  const killed_ms = performance.now();
  await litestream.end('SIGKILL');
  isOver = true;
  await Promise.all(senders);
  const last = await owner.says(general, 'never copied');
  await ahead.hears('message.create', ({ id }) => id === last.id);
  await process.end('SIGKILL');
  const safe = answered.filter(({ at_ms }) => at_ms < killed_ms - lag_ms).map(({ id }) => id);
  expect(safe.length).toBeGreaterThan(100);
  return {
    owner,
    bob,
    general,
    last,
    safe,
    behind: standOf(behind),
    ahead: standOf(ahead),
    heard: idsHeard(behind),
  };
}

type Life = Awaited<ReturnType<typeof liveAndDie>>;

/** Looks at a database that was restored: it is the old one up to some moment, which is late enough. */
function isRestored(path: string, all: readonly string[], { safe, last }: Life): string[] {
  const kept = messagesIn(path);
  expect(kept).toEqual(all.slice(0, kept.length));
  const missing = new Set(safe).difference(new Set(kept));
  expect([...missing]).toEqual([]);
  expect(kept).not.toContain(last.id);
  return kept;
}

/** Who was behind misses nothing of what was kept, and nothing new; who was ahead begins anew. */
async function goesOn(process: ServerProcess, life: Life, kept: readonly string[]): Promise<void> {
  const [owner, bob] = [on(process, life.owner), on(process, life.bob)];
  const { id } = await owner.says(life.general, 'after the restore');
  expect(await refusal(bob, life.ahead)).toBe(4007);
  const { ears } = await bob.resumes(life.behind.session_id, life.behind.seq);
  await ears.settled();
  expect([...life.heard, ...idsHeard(ears)]).toEqual([...kept, id]);
}

litestreamTest(
  'a database restored to a new place has what is older than the lag; sessions resume or begin anew',
  async () => {
    await using first = await ServerProcess.start(serverCommand(null));
    await using litestream = new Litestream(first.database);
    const life = await liveAndDie(first, litestream);
    using place = emptyFolder();
    const database = join(place.path, 'accord.db');
    await litestream.restoreTo(database);
    const kept = isRestored(database, messagesIn(first.database), life);
    const settings = { DATABASE_URL: `sqlite:${database}` };
    await using second = await ServerProcess.start(serverCommand(null), settings);
    await goesOn(second, life, kept);
  },
);

litestreamTest(
  'a database restored where the old one lay goes on, and is replicated again',
  async () => {
    await using process = await ServerProcess.start(serverCommand(null));
    await using litestream = new Litestream(process.database);
    const life = await liveAndDie(process, litestream);
    await litestream.restoreInPlace();
    const [old = ''] = new Bun.Glob('accord.db.replaced-*').scanSync(process.folder);
    expect(old).not.toBe('');
    const kept = isRestored(
      process.database,
      messagesIn(join(process.folder, old.replace(/-(wal|shm|checkpoint)$/, ''))),
      life,
    );
    await process.start();
    await goesOn(process, life, kept);
    litestream.start();
    await until('a new copy of the whole', () => litestream.snapshots === 2);
    const { id } = await on(process, life.owner).says(life.general, 'replicated again');
    await Bun.sleep(lag_ms);
    using place = emptyFolder();
    await litestream.restoreTo(join(place.path, 'accord.db'));
    expect(messagesIn(join(place.path, 'accord.db'))).toContain(id);
  },
);

litestreamTest(
  'what Litestream restored is refused beside the log of the old database',
  async () => {
    await using process = await ServerProcess.start(serverCommand(null));
    await using litestream = new Litestream(process.database);
    await liveAndDie(process, litestream);
    using place = emptyFolder();
    await litestream.restoreTo(join(place.path, 'accord.db'));
    renameSync(join(place.path, 'accord.db'), process.database);
    const settings = { DATABASE_URL: `sqlite:${process.database}` };
    expect(await refusalOf({ folder: process.folder, settings })).toContain('is not the one that');
  },
);
