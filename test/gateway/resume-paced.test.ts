import { expect, test } from 'bun:test';
import { scope } from '../../src/events/audience.ts';
import { intentBit } from '../../src/events/intents.ts';
import { appendEvent } from '../../src/events/log.ts';
import { Ears } from '../support/ears.ts';
import { addMembers } from '../support/masses.ts';
import { allIntents, type Person } from '../support/person.ts';
import { dropped, refusal, type Stand } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { quietly, world } from '../support/world.ts';

const onWeb = { properties: { os: 'web' } };

/** Writes events to one account into the log, as if they had been told while nobody listened. */
function fillLog(
  server: TestServer,
  { id }: Person,
  count: number,
  size_bytes: number,
): Promise<void> {
  return server.turn((turn) => {
    for (let n = 0; n < count; n += 1) {
      const seq = turn.nextSeq();
      const content = `${n} `.padEnd(size_bytes, 'x');
      const bytes = `{"op":0,"type":"message.create","seq":${seq},"data":{"content":"${content}"}}`;
      const intent = intentBit('messages');
      const entry = { seq, at: turn.now, intent, subject: null, hidden_from: [], bytes };
      appendEvent(turn.tx, entry, [scope.user(id)]);
    }
  });
}

async function asks(person: Person, stand: Stand): Promise<Ears> {
  const ears = await Ears.open(person.server.gateway);
  ears.send(3, { token: person.authorization, ...stand });
  return ears;
}

const numbersOf = ({ frames }: Ears) =>
  frames
    .filter(({ type }) => type === 'message.create')
    .map(({ data }) => Number.parseInt(data['content'], 10));

test('4,000 missed events come in order, each once, and then RESUMED', async () => {
  await using server = await startTest();
  const { bob } = await world(server, 'olga', 'bob');
  const stand = await dropped(await bob.listens(quietly));
  await fillLog(server, bob, 4_000, 500);
  const { ears, missed } = await bob.resumes(stand.session_id, stand.seq);
  expect(numbersOf(ears)).toEqual([...Array.from({ length: 4_000 }).keys()]);
  const seqs = missed.map(({ seq }) => seq ?? 0);
  expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  expect(ears.frames.at(-1)?.data).toMatchObject({ replayed: 4_000 });
});

test('what happens during a long replay is heard after it, once', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  const stand = await dropped(await bob.listens(quietly, onWeb));
  await fillLog(server, bob, 300, 1_000);
  const ears = await asks(bob, stand);
  await ears.hears('message.create');
  // A browser is sent 48 KiB at a time.
  expect(numbersOf(ears).length).toBeLessThan(60);
  await owner.says(general, '300 told meanwhile');
  await ears.hears('resumed');
  await owner.says(general, '301 live');
  await ears.hears('message.create');
  expect(numbersOf(ears)).toEqual([...Array.from({ length: 302 }).keys()]);
});

test('a change of access ends a replay', async () => {
  await using server = await startTest();
  const { owner, bob, space, general } = await world(server, 'olga', 'bob');
  const stand = await dropped(await bob.listens(quietly, onWeb));
  await fillLog(server, bob, 300, 1_000);
  const ears = await asks(bob, stand);
  await ears.hears('message.create');
  await owner.does('DELETE', `/spaces/${space.id}/members/${bob.id}`);
  await owner.says(general, '300 not for bob');
  await ears.frame(({ op }) => op === 7, 'op 7');
  expect(await ears.closes()).toBe(4009);
  expect(numbersOf(ears)).not.toContain(300);
  expect(numbersOf(ears).length).toBeLessThan(300);
});

test('the end of its token ends a replay', async () => {
  await using server = await startTest();
  const { bob } = await world(server, 'olga', 'bob');
  const stand = await dropped(await bob.listens(quietly, onWeb));
  await fillLog(server, bob, 300, 1_000);
  const ears = await asks(bob, stand);
  await ears.hears('message.create');
  await bob.does('POST', '/auth/logout');
  await ears.frame(({ op }) => op === 7, 'op 7');
  await ears.closes();
  expect(numbersOf(ears).length).toBeLessThan(300);
  expect(server.app.hub.size).toBe(0);
});

test('a replay that the client breaks off can be tried again', async () => {
  await using server = await startTest();
  const { bob } = await world(server, 'olga', 'bob');
  const stand = await dropped(await bob.listens(quietly, onWeb));
  await fillLog(server, bob, 120, 1_000);
  const ears = await asks(bob, stand);
  await ears.hears('message.create');
  const again = await dropped(ears);
  const second = await bob.resumes(stand.session_id, again.seq);
  expect([...numbersOf(ears), ...numbersOf(second.ears)]).toEqual([
    ...Array.from({ length: 120 }).keys(),
  ]);
});

test('more than 10,000 events, or more than 8 MiB, are not replayed', async () => {
  await using server = await startTest();
  const { bob } = await world(server, 'olga', 'bob');
  for (const [count, size_bytes] of [
    [10_001, 10],
    [170, 50_000],
  ] as const) {
    const stand = await dropped(await bob.listens(quietly));
    await fillLog(server, bob, count, size_bytes);
    expect(await refusal(bob, stand)).toBe(4009);
  }
  // What the session did not ask for does not count.
  const stand = await dropped(await bob.listens(['spaces']));
  await fillLog(server, bob, 10_001, 10);
  const { missed } = await bob.resumes(stand.session_id, stand.seq);
  expect(missed).toEqual([]);
});

test('exactly 10,000 events are replayed', async () => {
  await using server = await startTest();
  const { bob } = await world(server, 'olga', 'bob');
  const stand = await dropped(await bob.listens(quietly));
  await fillLog(server, bob, 10_000, 10);
  const { ears } = await bob.resumes(stand.session_id, stand.seq);
  expect(ears.frames.at(-1)?.data).toMatchObject({ replayed: 10_000 });
});

test('exactly 8 MiB are replayed', async () => {
  await using server = await startTest();
  const { bob } = await world(server, 'olga', 'bob');
  const stand = await dropped(await bob.listens(quietly));
  const missed_bytes = () =>
    server.app.db.sqlite
      .query<{ n: number }, [number]>(
        'SELECT sum(octet_length(bytes)) AS n FROM events WHERE seq > ?',
      )
      .get(stand.seq)?.n ?? 0;
  await fillLog(server, bob, 161, 52_000);
  const around_bytes = missed_bytes() / 161 - 52_000;
  await fillLog(server, bob, 1, 8 * 1024 * 1024 - missed_bytes() - around_bytes);
  expect(missed_bytes()).toBe(8 * 1024 * 1024);
  const { ears } = await bob.resumes(stand.session_id, stand.seq);
  expect(ears.frames.at(-1)?.data).toMatchObject({ replayed: 162 });
});

test('who drops before all that follows READY was sent has to begin anew', async () => {
  await using server = await startTest();
  const { bob, space } = await world(server, 'olga', 'bob');
  await addMembers(server, space, 800, { bio: 'b'.repeat(1_000) });
  const ears = await Ears.open(server.gateway);
  ears.send(2, { token: bob.authorization, intents: allIntents, ...onWeb });
  ears.ready = (await ears.hears('ready')).data;
  expect(await refusal(bob, await dropped(ears))).toBe(4009);
});
