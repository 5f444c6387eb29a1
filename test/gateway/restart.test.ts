import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { Ears } from '../support/ears.ts';
import { reached, registers } from '../support/outside.ts';
import type { Person } from '../support/person.ts';
import { serverCommand, ServerProcess } from '../support/process.ts';
import { standOf } from '../support/resuming.ts';

const limit_ms = 60_000;

const idsHeard = ({ frames }: Ears): string[] =>
  frames.flatMap(({ type, data }) => (type === 'message.create' ? [data['id']] : []));

/** Somebody who listens, over all of the connections that this takes. */
class Listener {
  readonly person: Person;
  readonly past: Ears[] = [];
  ears: Ears;
  readonly session_id: string;

  constructor(person: Person, ears: Ears) {
    this.person = person;
    this.ears = ears;
    this.session_id = standOf(ears).session_id;
  }

  /** Comes back and goes on where it was. */
  async resumes(): Promise<void> {
    const { seq } = this.ears;
    this.past.push(this.ears);
    ({ ears: this.ears } = await this.person.resumes(this.session_id, seq));
  }

  get heard(): string[] {
    return [...this.past, this.ears].flatMap(idsHeard);
  }
}

/** A server process with a space, its owner, and people who listen there with two sessions each. */
async function begin(process: ServerProcess, ...names: string[]) {
  const server = reached(process);
  const owner = await registers(server, 'olga');
  const { space, general } = await owner.founds();
  const listeners: Listener[] = [];
  for (const name of names) {
    const person = await registers(server, name);
    await person.joins(space);
    for (let n = 0; n < 2; n += 1) listeners.push(new Listener(person, await person.listens()));
  }
  for (const { ears } of listeners) await ears.unread();
  return { server, owner, space, general, listeners };
}

/** Several senders at once until the server is gone; answers the ids of what was acknowledged. */
async function sendUntilGone(owner: Person, channel: { id: string }, whenBusy: () => void) {
  const acknowledged: string[] = [];
  let isBusy = false;
  const sender = async (name: number): Promise<void> => {
    for (let n = 0; ; n += 1) {
      const reply = await owner
        .call('POST', `/channels/${channel.id}/messages`, { content: `${name} ${n}` })
        .catch(() => null);
      if (reply?.status !== 200) return;
      acknowledged.push(reply.data.id);
      if (acknowledged.length >= 150 && !isBusy) {
        isBusy = true;
        whenBusy();
      }
    }
  };
  await Promise.all([1, 2, 3, 4, 5, 6].map(sender));
  return acknowledged;
}

function readFile(path: string) {
  const db = new Database(path, { readonly: true });
  const integrity = db.query('PRAGMA integrity_check').all();
  const messages = db
    .query<{ id: string }, []>('SELECT id FROM messages ORDER BY length(id), id')
    .all()
    .map(({ id }) => id);
  db.close();
  return { integrity, messages };
}

function newestEvent(path: string): number | undefined {
  using db = new Database(path, { readonly: true });
  return db.query<{ seq: number }, []>('SELECT max(seq) AS seq FROM events').get()?.seq;
}

test(
  'killed in the middle of its work and started again, the server has lost nothing, and nobody missed anything',
  async () => {
    await using process = await ServerProcess.start(serverCommand(null));
    const { owner, general, listeners } = await begin(process, 'anna', 'bob');
    const acknowledged: string[] = [];
    for (let round = 0; round < 2; round += 1) {
      let killed: Promise<number> | null = null;
      const sent = await sendUntilGone(owner, general, () => {
        killed = process.end('SIGKILL');
      });
      acknowledged.push(...sent);
      await (killed as Promise<number> | null);
      for (const { ears } of listeners) await ears.closes();
      await process.start();
      const { integrity, messages } = readFile(process.database);
      expect(integrity).toEqual([{ integrity_check: 'ok' }]);
      const kept = new Set(messages);
      expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
      await Promise.all(listeners.map((one) => one.resumes()));
      // What was kept is heard by all, in order, each once, whether or not its sender got an answer.
      for (const one of listeners) expect(one.heard).toEqual(messages);
      for (const { ears } of listeners) {
        await ears.settled();
        const types = new Set(ears.frames.map(({ type }) => type));
        expect(types.isSubsetOf(new Set([undefined, 'message.create', 'resumed']))).toBe(true);
      }
    }
    const last = await owner.says(general, 'and on it goes');
    for (const { ears } of listeners) {
      const { data } = await ears.hears('message.create', ({ id }) => id === last.id);
      expect(data['content']).toBe('and on it goes');
    }
  },
  limit_ms,
);

test(
  'asked to end, the server sends everybody away, ends well, and the next one goes on',
  async () => {
    await using process = await ServerProcess.start(serverCommand(null));
    const { server, owner, general, listeners } = await begin(process, 'anna', 'bob');
    const [obedient, stubborn] = [listeners.slice(0, 2), listeners.slice(2)];
    const obeying = obedient.map(async ({ ears }) => {
      await ears.frame(({ op }) => op === 6, 'RECONNECT');
      // As the Godot client does it.
      ears.close(4000);
      return ears.closes();
    });
    const said = await owner.says(general, 'before');
    const ended = process.end('SIGTERM');
    expect(await Promise.all(obeying)).toEqual([4000, 4000]);
    const late = await Ears.open(server.gateway).then(
      () => 'open',
      () => 'refused',
    );
    expect(late).toBe('refused');
    for (const { ears } of stubborn) {
      await ears.frame(({ op }) => op === 6, 'RECONNECT');
      expect(await ears.closes()).toBe(1012);
    }
    expect(await ended).toBe(0);
    await process.start();
    await Promise.all(listeners.map((one) => one.resumes()));
    const next = await owner.says(general, 'after');
    for (const one of listeners) {
      await one.ears.hears('message.create', ({ id }) => id === next.id);
      expect(one.heard).toEqual([said.id, next.id]);
      expect(one.ears.frames.map(({ type }) => type)).not.toContain('presence.update');
    }
  },
  limit_ms,
);

test(
  'a server that is killed right after access moved gives out no number again that a session has seen',
  async () => {
    await using process = await ServerProcess.start(serverCommand(null));
    const { owner, general, listeners } = await begin(process, 'anna');
    const [anna] = listeners;
    if (anna === undefined) throw new Error('anna was expected to listen');
    await anna.person.founds('Garden');
    await anna.ears.unread();
    const { seq } = anna.ears;
    await process.end('SIGKILL');
    await anna.ears.closes();
    // The last frame that shows the new space carries the number of the move, which no event has.
    expect(newestEvent(process.database)).toBeLessThan(seq);
    await process.start();
    const { id } = await owner.says(general, 'the first thing after the start');
    await anna.resumes();
    expect(anna.heard).toEqual([id]);
    expect(anna.ears.seq).toBeGreaterThan(seq);
  },
  limit_ms,
);
