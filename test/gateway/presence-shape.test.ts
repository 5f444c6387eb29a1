import { expect, test } from 'bun:test';
import { FakeClock } from '../support/clock.ts';
import { allIntents } from '../support/person.ts';
import { startTest } from '../support/server.ts';
import { world } from '../support/world.ts';

const intents = ['presences'];

test('a session hears what it chose itself, once, however many spaces it shares', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, bob } = await world(server, 'olga', 'bob');
  const more = await owner.founds('Second');
  await bob.joins(more.space);
  const [owners, bobs] = [await owner.listens(intents), await bob.listens(intents)];
  await owners.unread();
  await clock.pass(1_000);
  bobs.send(8, { status: 'dnd' });
  await bobs.hearsExactly('presence.update');
  await owners.hearsExactly('presence.update');
});

test('presence is told under its intent alone', async () => {
  await using server = await startTest();
  const { owner, bob } = await world(server, 'olga', 'bob');
  const ears = await owner.listens(allIntents.filter((one) => one !== 'presences'));
  await bob.listens(intents);
  await ears.hearsNothing();
});

test('members see what a newcomer does', async () => {
  await using server = await startTest();
  const { owner, space } = await world(server, 'olga');
  const stan = await server.person('stan');
  await stan.listens(intents, { presence: { status: 'dnd' } });
  const ears = await owner.listens(['members', 'presences']);
  await stan.joins(space);
  const [, update] = await ears.hearsExactly('member.join', 'presence.update');
  expect(update?.data).toMatchObject({ user_id: stan.id, status: 'dnd' });
});

test('unknown statuses mean online; activities are kept to their shape', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, bob } = await world(server, 'olga', 'bob');
  const [owners, bobs] = [await owner.listens(intents), await bob.listens(intents)];
  await owners.unread();
  const says = async (choice: object) => {
    await clock.pass(1_000);
    bobs.send(8, choice);
    await bobs.settled();
    const [told] = await owners.hearsExactly('presence.update');
    return told?.data;
  };
  expect(await says({ status: 'idle' })).toMatchObject({ status: 'idle' });
  expect(await says({ status: 'asleep' })).toMatchObject({ status: 'online', activities: [] });
  const game = { name: 'Chess', type: 'playing', state: null, secret: 'x', url: null };
  const told = { activities: [{ name: 'Chess', type: 'playing' }] };
  expect(await says({ status: 'online', activity: game })).toMatchObject(told);
  expect(await says({ status: 'online', activity: null })).toMatchObject({ activities: [] });
  const activities = [
    { name: 7 },
    { name: 'Go' },
    'x',
    { type: 'playing' },
    { name: 'y', type: 1 },
  ];
  expect(await says({ status: 'online', activities })).toMatchObject({
    activities: [{ name: 'Go' }],
  });
  expect(await says({ status: 'online' })).toMatchObject({ activities: [] });
});

test('the address of an activity leads to the web, or is left out', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, bob } = await world(server, 'olga', 'bob');
  const owners = await owner.listens(intents);
  const hears = async () => (await owners.hearsExactly('presence.update'))[0]?.data['activities'];
  const bad = ['javascript:alert(1)', ' https://stream.example', 'file:///etc/passwd', '//x', ''];
  const [first, ...more] = bad.map((url) => ({ name: 'Live', url }));
  const bobs = await bob.listens(intents, { presence: { status: 'dnd', activity: first } });
  expect(await hears()).toEqual([{ name: 'Live' }]);
  const good = { name: 'Live', url: 'https://stream.example/bob' };
  await clock.pass(1_000);
  bobs.send(8, { status: 'dnd', activities: [...more, good] });
  await bobs.settled();
  expect(await hears()).toEqual([...more.map(() => ({ name: 'Live' })), good]);
});

test('no presence is so large that it would break a frame or READY', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, bob } = await world(server, 'olga', 'bob');
  const [owners, bobs] = [await owner.listens(intents), await bob.listens(intents)];
  await owners.unread();
  await clock.pass(1_000);
  const assets = Object.fromEntries(
    Array.from({ length: 24 }, (_, n) => [`key ${n}`, '\u0001'.repeat(100)]),
  );
  bobs.send(8, { status: 'dnd', activities: [{ name: 'Huge', assets }, { name: 'Small' }] });
  await bobs.settled();
  const [told] = await owners.hearsExactly('presence.update');
  expect(told?.data).toMatchObject({ status: 'dnd', activities: [{ name: 'Small' }] });
  await clock.pass(1_000);
  bobs.send(8, {
    status: 'dnd',
    activities: Array.from({ length: 40 }, () => ({ name: 'Small' })),
  });
  await bobs.settled();
  const [second] = await owners.hearsExactly('presence.update');
  expect(second?.data['activities']).toHaveLength(16);
  const { ready } = await owner.listens(allIntents);
  expect(ready['presences']).toHaveLength(2);
});
