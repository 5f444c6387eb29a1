// Presence is not in the log: who comes back is told of those who changed meanwhile, and of nobody else.
import { expect, spyOn, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { presences } from '../../src/features/live/presence/presences.ts';
import { Session } from '../../src/gateway/session.ts';
import { startServer } from '../../src/server.ts';
import { FakeClock } from '../support/clock.ts';
import { allIntents, Person } from '../support/person.ts';
import { dropped } from '../support/resuming.ts';
import { startTest, testConfig, TestServer } from '../support/server.ts';
import { world } from '../support/world.ts';

const asSeen = (data: Record<string, any>) => `${data['user_id']} ${data['status']}`;

test('a resumed session is told how those are seen now who came, went or changed', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const {
    owner: olga,
    bob,
    cleo,
    dora,
    emil,
  } = await world(server, 'olga', 'bob', 'cleo', 'dora', 'emil');
  const stranger = await server.person('stranger');
  const [home] = await stranger.does('GET', '/users/@me/spaces');
  await stranger.does('DELETE', `/spaces/${home.id}/members/@me`);
  const olgas = await olga.listens(['presences']);
  const cleos = await cleo.listens();
  const doras = await dora.listens();
  const bobs = await bob.listens(['presences']);
  // What was told a moment before the connection broke may be told again.
  for (let n = 0; n < 3; n += 1) {
    for (const ears of [olgas, cleos, doras, bobs]) await ears.settled();
    await clock.pass(60_000);
  }
  const stand = await dropped(bobs);
  await clock.pass(1_000);
  cleos.close();
  await emil.listens();
  await stranger.listens();
  doras.send(8, { status: 'dnd' });
  await doras.settled();
  await olgas.hears('presence.update', ({ status }) => status === 'dnd');
  doras.send(8, { status: 'idle' });
  await doras.settled();
  await clock.pass(1_100);
  const { ears } = await bob.resumes(stand.session_id, stand.seq);
  const told = (await ears.unread()).map(({ data }) => asSeen(data));
  expect(told.toSorted()).toEqual(
    [`${cleo.id} offline`, `${dora.id} idle`, `${emil.id} online`].toSorted(),
  );
});

test('a resumed session that did not ask for presence is told nothing of it', async () => {
  await using server = await startTest();
  const { bob, cleo } = await world(server, 'olga', 'bob', 'cleo');
  const stand = await dropped(await bob.listens(['messages']));
  await cleo.listens();
  const { ears } = await bob.resumes(stand.session_id, stand.seq);
  await ears.hearsNothing();
});

test('who leaves a space while it is told of those in it hears no more of them', async () => {
  await using server = await startTest();
  const { owner, bob, cleo, space } = await world(server, 'olga', 'bob', 'cleo');
  const [home] = await owner.does('GET', '/users/@me/spaces');
  for (const one of [owner, cleo]) await one.does('DELETE', `/spaces/${home.id}/members/@me`);
  const stand = await dropped(await bob.listens(['presences']));
  await owner.listens();
  await cleo.listens();
  const queue = spyOn(Session.prototype, 'queue').mockImplementation(() => {});
  await bob.resumes(stand.session_id, stand.seq);
  const [frames] = queue.mock.calls.at(-1) ?? [];
  queue.mockRestore();
  const first = JSON.parse(String(frames?.next(0).value));
  expect([owner.id, cleo.id, bob.id]).toContain(first.data.user_id);
  await owner.does('DELETE', `/spaces/${space.id}/members/${bob.id}`);
  const later: unknown[] = [];
  for (let next = frames?.next(0); next && !next.done; next = frames?.next(0)) {
    later.push(JSON.parse(String(next.value)).data.user_id);
  }
  expect(later.filter((id) => id !== bob.id)).toEqual([]);
});

test('who was away since before a restart is told of everybody', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'accord-presence-'));
  const config = testConfig({ DATABASE_URL: `sqlite:${join(folder, 'accord.db')}` });
  const log = { debug() {}, info() {}, warn() {}, error() {}, notice() {} };
  const clock = new FakeClock();
  const start = async () => {
    return new TestServer(await startServer({ config, log, clock, strict: true }), []);
  };
  try {
    const first = await start();
    const admin = await first.person('nobody');
    const { owner: olga, bob, cleo, dora } = await world(first, 'olga', 'bob', 'cleo', 'dora');
    const stand = await dropped(await bob.listens(allIntents));
    const cleos = await cleo.listens();
    await clock.pass(2_000);
    await olga.listens();
    cleos.close();
    await clock.pass(2_000);
    await first.stop();
    await clock.pass(60_000);
    const second = await start();
    const again = new Person(second, bob);
    const { ears } = await again.resumes(stand.session_id, stand.seq);
    const told = (await ears.unread()).map(({ data }) => asSeen(data));
    expect(told.toSorted()).toEqual(
      [
        `${admin.id} offline`,
        `${olga.id} online`,
        `${bob.id} online`,
        `${cleo.id} offline`,
        `${dora.id} offline`,
      ].toSorted(),
    );
    await second.stop();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('who comes back lets others have their turn while strangers are passed over', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { anna } = await world(server, 'anna');
  const stand = await dropped(await anna.listens(['presences']));
  const shown = { status: 'online' as const, activities: [], chosen_at: 0 };
  for (let n = 0; n < 3_000; n += 1) presences(server.app).arrive(`${n}`, `${1_000 + n}`, shown);
  const queue = spyOn(Session.prototype, 'queue').mockImplementation(() => {});
  await anna.resumes(stand.session_id, stand.seq);
  const [frames] = queue.mock.calls.at(-1) ?? [];
  queue.mockRestore();
  let pauses = 0;
  for (let next = frames?.next(0); next && !next.done; next = frames?.next(0)) {
    if (next.value === null) pauses += 1;
  }
  expect(pauses).toBeGreaterThan(4);
});
