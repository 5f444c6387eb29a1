import { expect, spyOn, test } from 'bun:test';
import { scope } from '../../src/events/audience.ts';
import { appendEvent } from '../../src/events/log.ts';
import { missedEvents, type MissedRange } from '../../src/events/missed.ts';
import { changesSpace } from '../../src/access/load.ts';
import { classFor, updateChannel } from '../../src/features/spaces/channels/queries.ts';
import { addChannels } from '../support/masses.ts';
import type { Person } from '../support/person.ts';
import { dropped, refusal } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { quietly, world } from '../support/world.ts';

/** Writes so many events into the log, all for these accounts. */
async function logged(server: TestServer, people: readonly Person[], count: number, intent = 9) {
  await server.turn((turn) => {
    for (let n = 0; n < count; n += 1) {
      const seq = turn.nextSeq();
      const entry = { seq, at: turn.now, intent, subject: null, hidden_from: [], bytes: '{}' };
      appendEvent(
        turn.tx,
        entry,
        people.map(({ id }) => scope.user(id)),
      );
    }
  });
}

/** Makes visibility classes that this member hears, each with a channel; tells nobody of them. */
async function addClasses(server: TestServer, space: any, { id }: Person, count: number) {
  const channel_ids = await addChannels(server, space, count, '');
  await server.turn(({ app, tx }) => {
    changesSpace(app, space.id);
    for (const [n, channel_id] of channel_ids.entries()) {
      const rules = [n, id].map((of) => ({
        channel_id,
        id: String(of),
        type: 'member' as const,
        allow: ['view_channel'],
        deny: [],
      }));
      updateChannel(tx, channel_id, { class_id: classFor(tx, space.id, rules, false) });
    }
  });
}

/** Looks until the end; returns what was found, and how many slices of work there were. */
function looked(server: TestServer, people: readonly Person[], range: Partial<MissedRange>) {
  const scopes = new Set(people.map(({ id }) => scope.user(id)));
  const all = { after: 0, head: server.app.seq(), mask: ~0, limit: 10_000, limit_bytes: 1e9 };
  const rows = missedEvents(server.app.db, scopes, { ...all, ...range });
  let slices = 1;
  for (;;) {
    const { done, value } = rows.next();
    if (done) return { slices, missed: value };
    slices += 1;
  }
}

test('what was missed is looked for in slices, each event once, in order', async () => {
  await using server = await startTest();
  const people = [await server.person('anna'), await server.person('bob')];
  const after = server.app.seq();
  await logged(server, people, 4_500);
  const { slices, missed } = looked(server, people, { after });
  expect(missed).toHaveLength(4_500);
  expect(missed?.every(({ seq }, n) => seq === after + n + 1)).toBe(true);
  // Two scopes of 4,500 rows, 2,000 or a little more in a slice.
  expect(slices).toBeGreaterThan(3);
  expect(looked(server, people, { after: server.app.seq() })).toEqual({ slices: 1, missed: [] });
});

test('events that a session did not ask for are looked at in slices as well, and have a limit', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const after = server.app.seq();
  await logged(server, [anna], 6_000);
  const some = looked(server, [anna], { after, mask: 0 });
  expect(some.missed).toEqual([]);
  expect(some.slices).toBeGreaterThan(2);
  await logged(server, [anna], 44_500);
  expect(looked(server, [anna], { after, mask: 0 }).missed).toBeNull();
}, 60_000);

test('RESUME comes back over many events that the session did not ask for', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const stand = await dropped(await anna.listens([]));
  await logged(server, [anna], 9_000);
  const { missed } = await anna.resumes(stand.session_id, stand.seq);
  expect(missed).toEqual([]);
});

test('RESUME comes to an end for who hears more scopes than one slice looks through', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const stand = await dropped(await bob.listens(quietly));
  await addClasses(server, space, bob, 700);
  await anna.says(general, 'hello');
  // So many numbers that the scopes are looked through first.
  await logged(server, [anna], 2_500);
  const { ears, missed } = await bob.resumes(stand.session_id, stand.seq);
  expect(missed.map(({ type }) => type)).toEqual(['message.create']);
  expect(server.app.hub.listener(stand.session_id)?.scopes.size).toBeGreaterThan(700);
  await anna.says(general, 'hello again');
  await ears.hearsExactly('message.create');
});

test('who loses the right to resume while it is looked for is refused', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const stand = await dropped(await anna.listens([]));
  await logged(server, [anna], 9_000);
  const refused = refusal(anna, stand);
  await server.turn(({ tx }) => {
    tx.sqlite.query('UPDATE gateway_sessions SET owed = 1 WHERE id = ?').run(stand.session_id);
  });
  expect(await refused).toBe(4009);
});

test('RESUME of many events takes no more statements than that of a few', async () => {
  await using server = await startTest();
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  const stands = [
    await dropped(await bob.listens(quietly)),
    await dropped(await bob.listens(quietly)),
  ];
  const rows = spyOn(server.app.db.sqlite, 'rows');
  const query = spyOn(server.app.db.sqlite, 'query');
  const counts: number[] = [];
  for (const [index, { session_id, seq }] of stands.entries()) {
    for (let n = 0; n < (index === 0 ? 5 : 150); n += 1) await anna.says(general, `number ${n}`);
    rows.mockClear();
    query.mockClear();
    const { missed } = await bob.resumes(session_id, seq);
    expect(missed).toHaveLength(index === 0 ? 5 : 155);
    counts.push(rows.mock.calls.length + query.mock.calls.length);
  }
  rows.mockRestore();
  query.mockRestore();
  expect(counts[1]).toBeLessThan((counts[0] ?? 0) + 30);
});
