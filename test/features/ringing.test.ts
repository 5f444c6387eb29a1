// The calls that ring in READY: a session that begins anew learns of them, as long as they ring.
import { expect, test } from 'bun:test';
import { FakeClock } from '../support/clock.ts';
import { voiceWithoutCalls } from '../support/fake-livekit.ts';
import { patience_ms } from '../support/patience.ts';
import type { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { world } from '../support/world.ts';

const settings = voiceWithoutCalls;

/** Ids in an order that can be compared; null if there are none. */
const idsOf = (ids: readonly string[] | undefined): string[] | null => ids?.toSorted() ?? null;

/** Anna, bob, cleo and a stranger; anna has a group with the other two. */
async function scene(server: TestServer) {
  const {
    operator: stranger,
    anna,
    bob,
    cleo,
  } = await world(server, 'operator', 'anna', 'bob', 'cleo');
  const recipients = [bob.id, cleo.id];
  const group = await anna.does('POST', '/users/@me/channels', { recipients });
  const acts = (person: Person, what: string) =>
    person.does('POST', `/channels/${group.id}/call/${what}`, {});
  const joins = (person: Person) => person.does('POST', `/channels/${group.id}/voice/join`, {});
  const leaves = (person: Person) => person.does('DELETE', `/channels/${group.id}/voice/leave`);
  /** For whom it rings, as a new session of this person hears it; null if it does not. */
  const waiting = async (person: Person): Promise<string[] | null> => {
    const { ready } = await person.listens(['voice_states']);
    return idsOf(ready['rings'][0]?.waiting);
  };
  return { stranger, anna, bob, cleo, group, acts, joins, leaves, waiting };
}

const sorted = (...people: readonly Person[]) => people.map(({ id }) => id).toSorted();

test('READY tells the people of a conversation who calls, since when, and for whom it rings', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ settings, clock });
  const { anna, bob, cleo, stranger, group, waiting } = await scene(server);
  const metadata = { video: true };
  await anna.does('POST', `/channels/${group.id}/call/ring`, { metadata });
  await clock.pass(7_000);
  const { ready } = await bob.listens();
  expect(ready['rings']).toEqual([
    {
      channel_id: group.id,
      caller_id: anna.id,
      participants: [anna.id, bob.id, cleo.id],
      metadata,
      waiting: expect.arrayContaining([bob.id, cleo.id]),
      age_ms: expect.any(Number),
    },
  ]);
  expect(ready['rings'][0].age_ms).toBeWithin(7_000, 7_000 + patience_ms);
  expect(await waiting(anna)).toEqual(sorted(bob, cleo));
  expect(await waiting(stranger)).toBeNull();
  // Who has left the conversation does not hear of it.
  await cleo.does('DELETE', `/channels/${group.id}/recipients/${cleo.id}`);
  expect(await waiting(cleo)).toBeNull();
  expect(await waiting(bob)).toEqual(sorted(bob));
});

test('it rings for nobody who has come or declined, and for nobody once it is over', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ settings, clock });
  const { anna, bob, cleo, acts, joins, leaves, waiting } = await scene(server);
  const rings = async () => {
    await clock.pass(5_000);
    await acts(anna, 'ring');
  };
  await rings();
  await acts(bob, 'decline');
  expect(await waiting(bob)).toEqual(sorted(cleo));
  await acts(cleo, 'decline');
  expect(await waiting(cleo)).toBeNull();
  await rings();
  // Only who calls can give it up.
  await acts(bob, 'cancel');
  expect(await waiting(bob)).toEqual(sorted(bob, cleo));
  await acts(anna, 'cancel');
  expect(await waiting(bob)).toBeNull();
  await joins(anna);
  await joins(bob);
  await rings();
  expect(await waiting(bob)).toEqual(sorted(cleo));
  await joins(cleo);
  await leaves(cleo);
  expect(await waiting(cleo)).toBeNull();
  await leaves(bob);
  await rings();
  expect(await waiting(cleo)).toEqual(sorted(bob, cleo));
  await leaves(anna);
  expect(await waiting(cleo)).toBeNull();
});

test('after a minute it rings no more', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ settings, clock });
  const { anna, bob, acts, waiting } = await scene(server);
  await acts(anna, 'ring');
  await clock.pass(30_000);
  expect(await waiting(bob)).not.toBeNull();
  await clock.pass(31_000);
  expect(await waiting(bob)).toBeNull();
});

test('what does not fit into READY is told after it', async () => {
  await using server = await startTest({ settings });
  const { anna, bob, cleo, stranger } = await scene(server);
  const metadata = 'x'.repeat(4_000);
  for (const [caller, called] of [
    [anna, bob],
    [cleo, bob],
    [stranger, bob],
  ] as const) {
    const body = { recipients: [called.id] };
    const { id } = await caller.does('POST', '/users/@me/channels', body);
    await caller.does('POST', `/channels/${id}/call/ring`, { metadata });
  }
  const ears = await bob.listens();
  // `listens` may have read it already.
  const read = ears.frames.find(({ type }) => type === 'call.ring');
  const late = read ?? (await ears.hears('call.ring'));
  const { rings } = ears.ready;
  const callers: string[] = [...rings, late.data].map(({ caller_id }: any) => caller_id);
  expect(idsOf(callers)).toEqual(sorted(anna, cleo, stranger));
  expect(idsOf(late.data['participants'])).toEqual(idsOf([late.data['caller_id'], bob.id]));
  expect(late.data).not.toHaveProperty('age_ms');
});
