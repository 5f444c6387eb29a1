import { expect, test } from 'bun:test';
import type { Turn } from '../../src/app.ts';
import { releaseSessions } from '../../src/gateway/ends.ts';
import { hold_ms } from '../../src/gateway/protocol.ts';
import { sessionRow } from '../../src/gateway/store.ts';
import { atCommitOf } from '../support/batches.ts';
import { FakeClock } from '../support/clock.ts';
import type { Ears } from '../support/ears.ts';
import { dropped, standOf } from '../support/resuming.ts';
import { startTest } from '../support/server.ts';
import { world } from '../support/world.ts';

const intents = ['presences'];

/** A server whose clock stands still, a space with `olga` and others, and olga's ears. */
async function start() {
  const clock = new FakeClock();
  const server = await startTest({ clock });
  const { owner, bob, cleo } = await world(server, 'olga', 'bob', 'cleo');
  const ears = await owner.listens(intents);
  return {
    clock,
    server,
    ears,
    bob,
    cleo,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Time passes for those who go on beating. */
async function passing(clock: FakeClock, duration_ms: number, ...beating: Ears[]): Promise<void> {
  for (let left_ms = duration_ms; left_ms > 0; left_ms -= 40_000) {
    await clock.pass(Math.min(left_ms, 40_000));
    for (const ears of beating) await ears.settled();
  }
}

/** The next change of presence that was heard, the only one. */
async function shown(ears: Ears): Promise<Record<string, any>> {
  const [frame] = await ears.hearsExactly('presence.update');
  expect(frame).not.toHaveProperty('seq');
  return frame?.data ?? {};
}

test('who comes and goes is told to those who share a space, and to nobody else', async () => {
  await using all = await start();
  const { server, ears, bob } = all;
  const stan = await server.person('stan');
  const stans = await stan.listens(intents);
  await ears.unread();
  // Both are members of the server's first space; leave it, to be strangers.
  const [home] = await stan.does('GET', '/users/@me/spaces');
  await stan.does('DELETE', `/spaces/${home.id}/members/@me`);
  const bobs = await bob.listens(intents);
  expect(await shown(ears)).toEqual({
    user_id: bob.id,
    status: 'online',
    client_status: { desktop: 'online' },
    activities: [],
  });
  await bobs.hearsNothing();
  await all.clock.pass(1_000);
  bobs.close(1000);
  await bobs.closes();
  const gone = { user_id: bob.id, status: 'offline', client_status: {}, activities: [] };
  expect(await shown(ears)).toEqual(gone);
  await stans.hearsNothing();
});

test('who drops stays for 120 s, and coming back in time is no news', async () => {
  await using all = await start();
  const { clock, ears, bob } = all;
  const first = await bob.listens(intents);
  await ears.unread();
  const stand = await dropped(first);
  await passing(clock, hold_ms - 10_000, ears);
  await ears.hearsNothing();
  const again = await bob.resumes(stand.session_id, stand.seq);
  await passing(clock, 60_000, ears, again.ears);
  await ears.hearsNothing();
  const second = await dropped(again.ears);
  await passing(clock, hold_ms - 2_000, ears);
  await ears.hearsNothing();
  await clock.pass(3_000);
  expect(await shown(ears)).toMatchObject({ status: 'offline' });
  await passing(clock, 2_000, ears);
  // The session itself lives on, and is news when it comes back.
  await bob.resumes(stand.session_id, second.seq);
  expect(await shown(ears)).toMatchObject({ user_id: bob.id, status: 'online' });
});

test('a session that resumes as its hold ends is not let go', async () => {
  await using all = await start();
  const { clock, server, ears, bob, cleo } = all;
  // No timer is due when the holds end, so that the test itself says when they are looked at.
  await clock.pass(100);
  const stands = [await bob.listens(intents), await cleo.listens(intents)].map(standOf);
  await ears.unread();
  for (const { session_id } of stands) server.app.hub.listener(session_id)?.socket.terminate();
  await passing(clock, hold_ms - 50, ears);
  const [{ session_id, seq } = { session_id: '', seq: 0 }] = stands;
  const coming = bob.resumes(session_id, seq);
  const isTakenUp = ({ tx, now }: Turn) => sessionRow(tx, session_id)?.dropped_at === now;
  let wasLive = true;
  await atCommitOf(server, isTakenUp, () => {
    wasLive = server.app.hub.listener(session_id) !== undefined;
    // Time is up for both sessions. Bob's is live again before the turn that lets go of them.
    void clock.leap(50);
    releaseSessions(server.app);
  });
  const { ears: bobs } = await coming;
  expect(wasLive).toBe(false);
  await passing(clock, 5_000, ears, bobs);
  expect(await shown(ears)).toMatchObject({ user_id: cleo.id, status: 'offline' });
});

test('of several sessions the last choice shows; without it the one before', async () => {
  await using all = await start();
  const { clock, ears, bob } = all;
  const [one, two] = [await bob.listens(intents), await bob.listens(intents)];
  await ears.unread();
  const step = async (act: () => void, expected: object) => {
    await clock.pass(1_000);
    act();
    await two.settled().catch(() => null);
    await one.settled().catch(() => null);
    expect(await shown(ears)).toMatchObject(expected);
  };
  await step(() => one.send(8, { status: 'dnd', activity: { name: 'Chess' } }), {
    status: 'dnd',
    activities: [{ name: 'Chess' }],
  });
  await step(() => two.send(8, { status: 'idle' }), { status: 'idle', activities: [] });
  await clock.pass(1_000);
  two.close(1000);
  await two.closes();
  expect(await shown(ears)).toMatchObject({ status: 'dnd', activities: [{ name: 'Chess' }] });
  await clock.pass(1_000);
  one.close(1000);
  await one.closes();
  expect(await shown(ears)).toMatchObject({ status: 'offline' });
});

test('a second session that says nothing of presence changes nothing', async () => {
  await using all = await start();
  const { clock, ears, bob } = all;
  await bob.listens(intents, { presence: { status: 'dnd', activities: [{ name: 'Chess' }] } });
  await ears.unread();
  await clock.pass(1_000);
  const second = await bob.listens(intents);
  await ears.hearsNothing();
  expect(second.ready['presences']).toContainEqual(
    expect.objectContaining({ user_id: bob.id, status: 'dnd' }),
  );
});

test('what was chosen last comes back at the next IDENTIFY', async () => {
  await using all = await start();
  const { clock, ears, bob } = all;
  const first = await bob.listens(intents);
  first.send(8, { status: 'idle', activity: { name: 'Chess', type: 'playing' } });
  await first.settled();
  await clock.pass(1_000);
  first.close(1000);
  await first.closes();
  await clock.pass(60_000);
  await ears.unread();
  const second = await bob.listens(intents);
  const back = { status: 'idle', activities: [{ name: 'Chess', type: 'playing' }] };
  expect(await shown(ears)).toMatchObject(back);
  second.close();
  await second.closes();
  await clock.pass(2_000);
  await ears.unread();
  // Each half of a presence counts by itself.
  await bob.listens(intents, { presence: { status: 'online', activities: 'none' } });
  expect(await shown(ears)).toMatchObject({ status: 'online', activities: back.activities });
});

test('who is back within a moment is in the own READY at once, and told to the others a little later', async () => {
  await using all = await start();
  const { clock, ears, bob } = all;
  const first = await bob.listens(intents);
  await clock.pass(1_000);
  first.close(1000);
  await ears.hears('presence.update', ({ status }) => status === 'offline');
  const second = await bob.listens(intents);
  expect(second.ready['presences']).toContainEqual(
    expect.objectContaining({ user_id: bob.id, status: 'online' }),
  );
  await ears.hearsNothing();
  await clock.pass(1_000);
  expect(await shown(ears)).toMatchObject({ status: 'online' });
});

test('who is invisible looks like somebody who is not there', async () => {
  await using all = await start();
  const { clock, ears, bob, cleo } = all;
  const activities = [{ name: 'Secret' }];
  const bobs = await bob.listens(intents, { presence: { status: 'invisible', activities } });
  await ears.hearsNothing();
  expect(bobs.ready['presences'].map(({ user_id }: any) => user_id)).not.toContain(bob.id);
  const cleos = await cleo.listens(intents);
  expect(JSON.stringify(cleos.ready)).not.toContain('Secret');
  expect(cleos.ready['presences'].map(({ user_id }: any) => user_id)).not.toContain(bob.id);
  await ears.unread();
  bobs.send(8, { status: 'online', activity: activities[0] });
  await bobs.settled();
  expect(await shown(ears)).toMatchObject({ status: 'online', activities });
  await clock.pass(1_000);
  // What the Godot client's menu calls "Invisible".
  bobs.send(8, { status: 'offline', activity: { name: 'Other secret' } });
  await bobs.settled();
  expect(await shown(ears)).toEqual({
    user_id: bob.id,
    status: 'offline',
    client_status: {},
    activities: [],
  });
  await clock.pass(1_000);
  bobs.send(8, { status: 'invisible', activity: { name: 'Third secret' } });
  await bobs.settled();
  bobs.close(1000);
  await bobs.closes();
  await clock.pass(1_000);
  await ears.hearsNothing();
});

test('one session that chose to be invisible hides the others', async () => {
  await using all = await start();
  const { clock, ears, bob } = all;
  const [one, two] = [await bob.listens(intents), await bob.listens(intents)];
  await ears.unread();
  await clock.pass(1_000);
  one.send(8, { status: 'invisible' });
  await one.settled();
  expect(await shown(ears)).toMatchObject({ status: 'offline' });
  await clock.pass(1_000);
  two.send(8, { status: 'dnd' });
  await two.settled();
  await ears.hearsNothing();
  await clock.pass(1_000);
  const stand = standOf(one);
  one.close(1000);
  await one.closes();
  expect(stand.session_id).not.toBe('');
  expect(await shown(ears)).toMatchObject({ status: 'dnd' });
});

test('many changes within a second are told as two: the first and the last', async () => {
  await using all = await start();
  const { clock, ears, bob } = all;
  const bobs = await bob.listens(intents);
  await ears.unread();
  await clock.pass(1_000);
  for (const status of ['idle', 'dnd', 'online', 'idle', 'dnd']) bobs.send(8, { status });
  await bobs.settled();
  expect(await shown(ears)).toMatchObject({ status: 'idle' });
  await clock.pass(1_000);
  expect(await shown(ears)).toMatchObject({ status: 'dnd' });
  // There and back again is nothing.
  await clock.pass(1_000);
  bobs.send(8, { status: 'online' });
  bobs.send(8, { status: 'idle' });
  bobs.send(8, { status: 'online' });
  await bobs.settled();
  expect(await shown(ears)).toMatchObject({ status: 'online' });
  await clock.pass(1_000);
  await ears.hearsNothing();
});
