// What lasts as long as it always does while somebody sets the machine's clock.
import { expect, test } from 'bun:test';
import { prunedSeq } from '../../src/events/log.ts';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
import { Ears } from '../support/ears.ts';
import { Folder } from '../support/folder.ts';
import { Person } from '../support/person.ts';
import { dropped, refusal } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { quietly, world } from '../support/world.ts';

const minute_ms = 60_000;
const hour_ms = 60 * minute_ms;
const day_ms = 24 * hour_ms;
/** Less than a token lasts. */
const steps = [2 * minute_ms, 5 * hour_ms, 20 * day_ms].flatMap((step) => [step, -step]);
const named = (step_ms: number) => `${step_ms / hour_ms} hours`;
const on = (server: TestServer, { id, name, token }: Person) =>
  new Person(server, { id, name, token });

for (const step_ms of steps) {
  test(`set by ${named(step_ms)}: sockets live as long as they send heartbeats, and no longer`, async () => {
    const clock = new FakeClock();
    await using server = await startTest({ clock });
    const { owner, bob } = await world(server, 'olga', 'bob');
    const olgas = await owner.listens(quietly);
    const bobs = await bob.listens(quietly);
    const mute = await Ears.open(server.gateway);
    clock.step(step_ms);
    await clock.pass(6_000);
    for (const ears of [olgas, bobs]) await ears.hearsNothing();
    expect(mute.closed).toBeNull();
    await clock.pass(30_000);
    expect(await mute.closes()).toBe(4009);
    await clock.pass(20_000);
    await olgas.settled();
    await clock.pass(60_000);
    expect(await bobs.closes()).toBe(4009);
    await olgas.hearsNothing();
  });

  test(`set by ${named(step_ms)}: a presence is shown within a second, and goes with those who stay away`, async () => {
    const clock = new FakeClock();
    await using server = await startTest({ clock });
    const { owner, bob, cleo } = await world(server, 'olga', 'bob', 'cleo');
    const olgas = await owner.listens();
    const bobs = await bob.listens(quietly);
    const cleos = await cleo.listens(quietly);
    await clock.pass(1_500);
    bobs.send(8, { status: 'idle' });
    await olgas.hears('presence.update', ({ status }) => status === 'idle');
    await clock.pass(1_500);
    await dropped(bobs);
    clock.step(step_ms);
    cleos.send(8, { status: 'dnd' });
    await cleos.settled();
    await olgas.hears('presence.update', ({ status }) => status === 'dnd');
    const again = await cleo.listens(quietly);
    await dropped(cleos);
    await dropped(again);
    for (let n = 0; n < 4; n += 1) {
      await olgas.settled();
      await clock.pass(40_000);
    }
    const gone = [
      (await olgas.hears('presence.update')).data,
      (await olgas.hears('presence.update')).data,
    ];
    expect(gone.map(({ user_id, status }) => [user_id, status])).toEqual([
      [bob.id, 'offline'],
      [cleo.id, 'offline'],
    ]);
  });

  test(`set by ${named(step_ms)}: the newest choice of a presence wins`, async () => {
    const clock = new FakeClock();
    await using server = await startTest({ clock });
    const { owner, bob } = await world(server, 'olga', 'bob');
    const olgas = await owner.listens();
    const first = await bob.listens(quietly);
    const second = await bob.listens(quietly);
    first.send(8, { status: 'idle' });
    await first.settled();
    await clock.pass(1_500);
    clock.step(step_ms);
    await clock.pass(1_500);
    second.send(8, { status: 'dnd' });
    await second.settled();
    await clock.pass(1_500);
    await olgas.hears('presence.update', ({ status }) => status === 'dnd');
    const mine = (await owner.listens()).ready['presences'].find(
      ({ user_id }: any) => user_id === bob.id,
    );
    expect(mine.status).toBe('dnd');
  });

  test(`set by ${named(step_ms)}: RESUME brings what was missed, in this run and the next, and ends after its hours`, async () => {
    using folder = new Folder();
    const clock = new FakeClock();
    const settings = { ...folder.settings };
    const first = await startTest({ clock, settings });
    const { owner, bob, cleo, general } = await world(first, 'olga', 'bob', 'cleo');
    const bobs = await dropped(await bob.listens(quietly));
    const cleos = await dropped(await cleo.listens(quietly));
    await owner.says(general, 'one');
    clock.step(step_ms);
    await clock.leap(2 * minute_ms);
    await owner.says(general, 'two');
    expect(prunedSeq(first.app.db)).toBe(0);
    const { ears, missed } = await bob.resumes(bobs.session_id, bobs.seq);
    expect(missed.map(({ data }) => data['content'])).toEqual(['one', 'two']);
    await dropped(ears);
    const stand = { ...bobs, seq: ears.seq };
    await first.stop();
    clock.step(-step_ms);
    const second = await startAgain(settings, clock);
    await clock.leap(2 * minute_ms);
    await on(second, owner).says(general, 'three');
    const back = await on(second, bob).resumes(stand.session_id, stand.seq);
    expect(back.missed.map(({ data }) => data['content'])).toEqual(['three']);
    await clock.leap(24 * hour_ms + 3 * minute_ms);
    expect(await refusal(on(second, cleo), cleos)).toBe(4009);
    await second.stop();
  });

  test(`a start with a clock that is off by ${named(step_ms)}: sessions resume, slow mode holds, presence is told`, async () => {
    using folder = new Folder();
    const clock = new FakeClock();
    const { settings } = folder;
    const first = await startTest({ clock, settings });
    const { owner, bob, cleo, general } = await world(first, 'olga', 'bob', 'cleo');
    await owner.does('PATCH', `/channels/${general.id}`, { rate_limit: 21_600 });
    const bobs = await dropped(await bob.listens());
    await cleo.listens();
    await bob.says(general, 'one');
    await clock.pass(minute_ms);
    await first.stop();
    clock.step(step_ms);
    const second = await startAgain(settings, clock);
    await clock.leap(2 * minute_ms);
    const path = `/channels/${general.id}/messages`;
    const { status, headers } = await on(second, bob).call('POST', path, { content: 'two' });
    expect(status === 200 || Number(headers.get('retry-after')) <= 21_600).toBe(true);
    expect(prunedSeq(second.app.db)).toBe(0);
    const { ears, missed } = await on(second, bob).resumes(bobs.session_id, bobs.seq);
    expect(missed.map(({ data }) => data['content'] ?? '')).toContain('one');
    // Nobody remembers who was there before the start, so everybody is told.
    await ears.hears('presence.update', ({ user_id }) => user_id === cleo.id);
    await clock.leap(6 * hour_ms);
    await on(second, bob).says(general, 'three');
    await second.stop();
  });

  test(`set by ${named(step_ms)}: slow mode and the limits of requests and attempts last as long as ever`, async () => {
    const clock = new FakeClock();
    const settings = {
      RATE_LIMIT_PER_MINUTE: '60',
      RATE_LIMIT_BURST: '200',
      ACCORD_TEST_MODE: 'no',
    };
    await using server = await startTest({ clock, settings });
    const { owner, bob, general } = await world(server, 'olga', 'bob');
    const path = `/channels/${general.id}/messages`;
    await owner.does('PATCH', `/channels/${general.id}`, { rate_limit: 10 });
    await bob.says(general, 'one');
    const guess = () =>
      server.call('POST', '/auth/login', { username: 'olga', password: 'not this one' });
    for (let n = 0; n < 5; n += 1) expect((await guess()).status).toBe(401);
    clock.step(step_ms);
    await clock.pass(4_000);
    const refused = await bob.isRefused(429, 'POST', path, { content: 'two' });
    expect(refused.headers.get('retry-after')).toBe('6');
    expect((await guess()).headers.get('retry-after')).toBe('896');
    await clock.pass(6_000);
    await bob.says(general, 'two');
    let left = 0;
    do left = Number((await bob.call('GET', '/users/@me')).headers.get('x-ratelimit-remaining'));
    while (left > 0);
    clock.step(-2 * step_ms);
    await bob.isRefused(429, 'GET', '/users/@me');
    await clock.pass(1_000);
    await bob.does('GET', '/users/@me');
    await clock.leap(15 * minute_ms);
    expect((await guess()).status).toBe(401);
  });
}

test('slow mode makes nobody wait for a time that an earlier version has written ahead', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  await owner.does('PATCH', `/channels/${general.id}`, { rate_limit: 5 });
  await bob.says(general, 'one');
  server.app.db.sqlite.run(`UPDATE slow_mode SET sent_at = sent_at + ${day_ms}`);
  await bob.says(general, 'two');
  await bob.isRefused(429, 'POST', `/channels/${general.id}/messages`, { content: 'three' });
});

test('who comes back to a record that is dated ahead is told of everybody', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { bob, cleo } = await world(server, 'olga', 'bob', 'cleo');
  await cleo.listens();
  const stand = await dropped(await bob.listens());
  await clock.pass(1_000);
  server.app.db.sqlite.run(
    `UPDATE gateway_sessions SET dropped_at = dropped_at + ${day_ms} WHERE id = '${stand.session_id}'`,
  );
  const { ears } = await bob.resumes(stand.session_id, stand.seq);
  await ears.hears('presence.update', ({ user_id }) => user_id === cleo.id);
});

test('the time for which a server was down counts', async () => {
  using folder = new Folder();
  const clock = new FakeClock();
  const first = await startTest({ clock, settings: folder.settings });
  const { owner, bob, general } = await world(first, 'olga', 'bob');
  await owner.does('PATCH', `/channels/${general.id}`, { rate_limit: 3_600 });
  const bobs = await dropped(await bob.listens(quietly));
  await bob.says(general, 'one');
  await first.stop();
  await clock.leap(hour_ms / 2);
  const second = await startAgain(folder.settings, clock);
  const path = `/channels/${general.id}/messages`;
  const refused = await on(second, bob).isRefused(429, 'POST', path, { content: 'two' });
  expect(refused.body.error.retry_after).toBe(1800);
  await second.stop();
  await clock.leap(23 * hour_ms);
  const third = await startAgain(folder.settings, clock);
  await on(third, bob).says(general, 'three');
  await third.stop();
  await clock.leap(hour_ms);
  const fourth = await startAgain(folder.settings, clock);
  await clock.leap(2 * minute_ms);
  expect(await refusal(on(fourth, bob), bobs)).toBe(4009);
  await fourth.stop();
});
