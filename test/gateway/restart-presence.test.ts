import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hold_ms } from '../../src/gateway/protocol.ts';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
import type { Ears } from '../support/ears.ts';
import { Person } from '../support/person.ts';
import { dropped, standOf } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { world } from '../support/world.ts';

const intents = ['presences'];

/** A file and a clock that outlive a server. */
function lasting() {
  const folder = mkdtempSync(join(tmpdir(), 'accord-restart-'));
  return {
    clock: new FakeClock(),
    settings: { DATABASE_URL: `sqlite:${join(folder, 'accord.db')}` },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

const on = (server: TestServer, { id, name, token }: Person) =>
  new Person(server, { id, name, token });

/** What a newcomer sees of the presences of others. */
async function seenBy(person: Person): Promise<Record<string, string>> {
  const ears = await person.listens(intents);
  const presences: any[] = ears.ready['presences'];
  ears.close(1000);
  await ears.closes();
  return Object.fromEntries(presences.map(({ user_id, status }) => [user_id, status]));
}

const statuses = (ears: Ears) =>
  ears.frames.flatMap(({ type, data }) => (type === 'presence.update' ? [data['status']] : []));

test('a restart changes nothing of what is seen of those who come back', async () => {
  using of = lasting();
  const { clock, settings } = of;
  const first = await startTest({ clock, settings });
  const { owner, bob, cleo, dora } = await world(first, 'olga', 'bob', 'cleo', 'dora');
  const bobs = await bob.listens(intents, { presence: { status: 'dnd' } });
  const cleos = [await cleo.listens(intents), await cleo.listens(intents)];
  await clock.pass(2_000);
  cleos[0]?.send(8, { status: 'idle', activity: { name: 'Chess' } });
  await cleos[0]?.settled();
  // Dora chose to be invisible in one session; the other one says nothing.
  const doras = [await dora.listens(intents), await dora.listens(intents)];
  doras[0]?.send(8, { status: 'invisible' });
  await doras[0]?.settled();
  await clock.pass(2_000);
  const stands = [bobs, ...cleos, ...doras].map(standOf);
  await first.stop();
  const second = await startAgain(settings, clock);
  const watcher = on(second, owner);
  const expected = { [bob.id]: 'dnd', [cleo.id]: 'idle' };
  expect(await seenBy(watcher)).toMatchObject(expected);
  expect(await seenBy(watcher)).not.toHaveProperty(dora.id);
  const ears = await watcher.listens(intents);
  const people = [bob, cleo, cleo, dora, dora].map((one) => on(second, one));
  for (const [index, person] of people.entries()) {
    const { session_id, seq } = stands[index] ?? { session_id: '', seq: 0 };
    await person.resumes(session_id, seq);
  }
  await clock.pass(2_000);
  await ears.hearsNothing();
  await second.stop();
});

test('who does not come back after a restart is gone when the hold ends, and is told to be', async () => {
  using of = lasting();
  const { clock, settings } = of;
  const first = await startTest({ clock, settings });
  const { owner, bob, cleo } = await world(first, 'olga', 'bob', 'cleo');
  await bob.listens(intents);
  const gone = await dropped(await cleo.listens(intents));
  await clock.pass(hold_ms + 2_000);
  // Cleo was given up long ago; the session can be resumed all the same.
  await bob.listens(intents);
  await first.stop();
  const second = await startAgain(settings, clock);
  const ears = await on(second, owner).listens(intents);
  const seen: any[] = ears.ready['presences'];
  expect(new Set(seen.map(({ user_id }) => user_id))).toEqual(new Set([owner.id, bob.id]));
  for (let n = 0; n < 3; n += 1) {
    expect(statuses(ears)).toEqual([]);
    await clock.pass(hold_ms / 3);
    await ears.settled();
  }
  await clock.pass(2_000);
  const [offline] = await ears.hearsExactly('presence.update');
  expect(offline?.data).toMatchObject({ user_id: bob.id, status: 'offline' });
  await on(second, cleo).resumes(gone.session_id, gone.seq);
  const [online] = await ears.hearsExactly('presence.update');
  expect(online?.data).toMatchObject({ user_id: cleo.id, status: 'online' });
  await second.stop();
});
