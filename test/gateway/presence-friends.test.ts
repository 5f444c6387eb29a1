// Friends and partners of conversations see each other's presence and profile without a common space.
import { expect, test } from 'bun:test';
import { eq } from 'drizzle-orm';
import { changingNearness } from '../../src/access/acquaintances.ts';
import { conversation_people } from '../../src/db/schema/conversations.ts';
import { FakeClock } from '../support/clock.ts';
import { Ears } from '../support/ears.ts';
import { Guest } from '../support/guest.ts';
import { addMembers } from '../support/masses.ts';
import type { Person } from '../support/person.ts';
import { dropped } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import {
  asks,
  befriend,
  blocks,
  drops,
  strangers,
  talking,
  type Strangers,
} from '../support/strangers.ts';
import { listening, world } from '../support/world.ts';

const intents = ['presences'];

/** The presences that were heard, and nothing else of interest. */
async function seen(ears: Ears): Promise<string[]> {
  const events = await ears.unread();
  return events
    .filter(({ type }) => type === 'presence.update')
    .map(({ data }) => `${data['user_id']} ${data['status']}`);
}

/** Anna chooses a status, which is told at once after a pause. */
async function chooses(clock: FakeClock, ears: Ears, choice: object): Promise<void> {
  await clock.pass(1_100);
  ears.send(8, choice);
  await ears.settled();
}

interface Started<N extends readonly string[]> extends AsyncDisposable {
  clock: FakeClock;
  server: TestServer;
  people: Strangers<N>;
}

async function start<const N extends readonly string[]>(...names: N): Promise<Started<N>> {
  const clock = new FakeClock();
  const server = await startTest({ clock });
  const people = await strangers(server, ...names);
  return {
    clock,
    server,
    people,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

test('a friend sees who comes, goes and does something, once in each session; others do not', async () => {
  await using all = await start('anna', 'bob', 'cleo', 'dora');
  const { clock, server } = all;
  const [anna, bob, cleo, dora] = all.people;
  await befriend(anna, bob);
  await asks(cleo, anna);
  await asks(anna, dora);
  // A space, a friendship and a conversation at once are still one.
  const { space } = await anna.founds();
  await bob.joins(space);
  await talking(server, anna, bob);
  const [bobs, desk, cleos, doras] = await listening([bob, bob, cleo, dora], intents);
  const annas = await anna.listens(intents);
  for (const ears of [bobs, desk]) expect(await seen(ears)).toEqual([`${anna.id} online`]);
  await chooses(clock, annas, { status: 'dnd', activity: { name: 'Chess' } });
  for (const ears of [bobs, desk]) {
    const [frame] = await ears.hearsExactly('presence.update');
    expect(frame?.data).toMatchObject({ status: 'dnd', activities: [{ name: 'Chess' }] });
  }
  await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
  await chooses(clock, annas, { status: 'idle' });
  for (const ears of [bobs, desk]) expect(await seen(ears)).toEqual([`${anna.id} idle`]);
  expect(await seen(annas)).toContain(`${anna.id} idle`);
  await clock.pass(1_100);
  annas.close(1000);
  await annas.closes();
  for (const ears of [bobs, desk]) expect(await seen(ears)).toEqual([`${anna.id} offline`]);
  for (const ears of [cleos, doras]) await ears.hearsNothing();
});

test('a session without the intent hears of friendships, and no presence', async () => {
  await using all = await start('anna', 'bob');
  const [anna, bob] = all.people;
  const [bobs] = await listening([bob], []);
  await anna.listens(intents);
  await befriend(anna, bob);
  expect((await bobs.unread()).map(({ type }) => type)).toEqual([
    'relationship.add',
    'relationship.update',
  ]);
});

test('as a friendship begins and ends both see it, unless a space connects them', async () => {
  await using all = await start('anna', 'bob', 'cleo');
  const { clock } = all;
  const [anna, bob] = all.people;
  const [annas, bobs, cleos] = await listening(all.people, intents);
  await chooses(clock, annas, { status: 'dnd' });
  await annas.unread();
  for (const end of [() => drops(bob, anna), () => blocks(bob, anna)]) {
    await asks(anna, bob);
    expect([await seen(annas), await seen(bobs)]).toEqual([[], []]);
    await asks(bob, anna);
    expect(await seen(annas)).toEqual([`${bob.id} online`]);
    expect(await seen(bobs)).toEqual([`${anna.id} dnd`]);
    await end();
    expect(await seen(annas)).toEqual([`${bob.id} offline`]);
    expect(await seen(bobs)).toEqual([`${anna.id} offline`]);
    await chooses(clock, annas, { status: 'idle' });
    await chooses(clock, annas, { status: 'dnd' });
    expect(await seen(bobs)).toEqual([]);
    await annas.unread();
  }
  await drops(bob, anna);
  const { space } = await anna.founds();
  await bob.joins(space);
  for (const ears of [annas, bobs]) await ears.unread();
  await befriend(anna, bob);
  await drops(anna, bob);
  await blocks(anna, bob);
  expect([await seen(annas), await seen(bobs)]).toEqual([[], []]);
  // What a space shows is as it was.
  await chooses(clock, annas, { status: 'idle' });
  expect(await seen(bobs)).toEqual([`${anna.id} idle`]);
  expect(await seen(cleos)).toEqual([]);
});

test('whoever shows no presence does not show that a friendship began or ended, either', async () => {
  await using all = await start('anna', 'bob', 'cleo');
  const [anna, bob, cleo] = all.people;
  const annas = await anna.listens(intents, { presence: { status: 'invisible' } });
  const [bobs] = await listening([bob], intents);
  await annas.unread();
  await befriend(anna, bob);
  await befriend(cleo, bob);
  expect(await seen(bobs)).toEqual([]);
  expect(await seen(annas)).toEqual([`${bob.id} online`]);
  const { ready } = await bob.listens(intents);
  expect(ready['presences'].map(({ user_id }: any) => user_id)).toEqual([bob.id]);
  for (const { user } of ready['relationships']) {
    expect(user).toMatchObject({ status: 'offline', activities: [] });
  }
  await drops(anna, bob);
  await blocks(cleo, bob);
  expect(await seen(bobs)).toEqual([]);
});

test('READY holds the presence of friends and partners, and of nobody else', async () => {
  await using all = await start('anna', 'bob', 'cleo', 'dora', 'emil', 'fred');
  const { server } = all;
  const [anna, bob, cleo, dora, emil, fred] = all.people;
  await befriend(anna, bob);
  await talking(server, anna, cleo, dora);
  await blocks(dora, anna);
  await asks(emil, anna);
  await anna.does('PATCH', '/users/@me', { display_name: 'Anna' });
  for (const one of [cleo, dora, emil, fred]) await one.listens(intents);
  await bob.listens(intents, { presence: { status: 'dnd', activities: [{ name: 'Chess' }] } });
  const { ready } = await anna.listens(intents);
  const shown = ready['presences'].map(({ user_id }: any) => user_id);
  expect(shown.toSorted()).toEqual([anna.id, bob.id, cleo.id].toSorted());
  const [request, friend] = ready['relationships'];
  expect(request.user).toEqual({
    id: emil.id,
    username: 'emil',
    display_name: 'emil',
    avatar: null,
  });
  expect(friend.user).toMatchObject({ id: bob.id, status: 'dnd', activities: [{ name: 'Chess' }] });
  const doras = await dora.listens(intents);
  const ids = doras.ready['presences'].map(({ user_id }: any) => user_id);
  expect(ids.toSorted()).toEqual([cleo.id, dora.id].toSorted());
});

test('presences of friends that READY has no room for follow it', async () => {
  await using all = await start('anna', 'bob', 'cleo', 'dora', 'emil', 'fred', 'gina');
  const { server } = all;
  const [anna, ...friends] = all.people;
  for (const friend of friends) {
    await befriend(anna, friend);
    await friend.listens(intents, { presence: { status: 'dnd' } });
  }
  // The list of blocks comes before people in the frame, and leaves less room than one block takes.
  await server.turn(({ tx, id, now }) => {
    for (let n = 0; n < 500; n += 1) {
      const one = id();
      tx.sqlite
        .query(
          `INSERT INTO users (id, username, folded_name, display_name, created_at)
           VALUES (?, ?, '', ?, ?)`,
        )
        .run(one, `x${one}`, 'x'.repeat(32), now);
      tx.sqlite
        .query('INSERT INTO relationships (user_id, target_id, type, since) VALUES (?, ?, 2, ?)')
        .run(anna.id, one, now);
    }
  });
  const ears = await Ears.open(server.gateway);
  ears.send(2, { token: anna.authorization, intents });
  const ready = (await ears.hears('ready')).data;
  await ears.hears('user.update');
  const later = ears.frames.filter(({ type }) => type === 'presence.update');
  const first = ready['presences'].map(({ user_id }: any) => user_id);
  expect(first[0]).toBe(anna.id);
  expect(later.length).toBeGreaterThan(0);
  expect(later.map(({ data }) => data['status'])).toEqual(later.map(() => 'dnd'));
  const told: string[] = [...first.slice(1), ...later.map(({ data }) => data['user_id'])];
  expect(told.toSorted()).toEqual(friends.map(({ id }) => id).toSorted());
});

test('a session that comes back is told of friends who changed, joined or left meanwhile', async () => {
  await using all = await start('anna', 'bob', 'cleo', 'dora', 'emil', 'fred');
  const { clock } = all;
  const [anna, bob, cleo, dora, emil, fred] = all.people;
  for (const one of [bob, cleo]) await befriend(anna, one);
  const annas = await anna.listens(intents);
  const others = await listening([bob, cleo, dora, emil, fred], intents);
  for (let n = 0; n < 3; n += 1) {
    for (const ears of [annas, ...others]) await ears.settled();
    await clock.pass(60_000);
  }
  const stand = await dropped(annas);
  await clock.pass(1_000);
  const [bobs, , doras, emils] = others;
  bobs.send(8, { status: 'dnd' });
  // Nobody whom anna knows.
  emils.send(8, { status: 'idle' });
  await bobs.settled();
  await emils.settled();
  await drops(cleo, anna);
  await befriend(dora, anna);
  await asks(fred, anna);
  await blocks(emil, anna);
  await clock.pass(1_100);
  await doras.settled();
  const { ears } = await anna.resumes(stand.session_id, stand.seq);
  expect((await seen(ears)).toSorted()).toEqual(
    [`${bob.id} dnd`, `${cleo.id} offline`, `${dora.id} online`].toSorted(),
  );
});

test('a session that comes back is told of partners who went offline before they parted', async () => {
  await using all = await start('anna', 'bob', 'cleo', 'dora');
  const { clock } = all;
  const [anna, bob, cleo, dora] = all.people;
  for (const one of [bob, cleo, dora]) await befriend(anna, one);
  const annas = await anna.listens(intents);
  const [bobs, cleos, doras] = await listening([bob, cleo, dora], intents);
  // Cleo shows nothing before and after.
  cleos.send(8, { status: 'invisible' });
  await cleos.settled();
  for (let n = 0; n < 3; n += 1) {
    for (const ears of [annas, bobs, cleos, doras]) await ears.settled();
    await clock.pass(60_000);
  }
  const stand = await dropped(annas);
  await clock.pass(1_000);
  bobs.close();
  await bobs.closes();
  await clock.pass(1_100);
  for (const one of [bob, cleo]) await drops(one, anna);
  const { ears } = await anna.resumes(stand.session_id, stand.seq);
  expect(await seen(ears)).toEqual([`${bob.id} offline`]);
});

/** Changes the row of one person in a conversation, as that feature does. */
function changes(
  server: TestServer,
  one: Person,
  others: readonly Person[],
  change: { closed?: boolean; left_at?: number | null },
): Promise<void> {
  return server.turn((turn) => {
    const write = () => {
      const own = eq(conversation_people.user_id, one.id);
      turn.tx.orm.update(conversation_people).set(change).where(own).run();
    };
    const ids = others.map(({ id }) => id);
    changingNearness(turn, [one.id], ids, write);
  });
}

test('partners see each other while both have the conversation open', async () => {
  await using all = await start('anna', 'bob', 'cleo');
  const { clock, server } = all;
  const [anna, bob] = all.people;
  await talking(server, anna, bob);
  const [annas, bobs, cleos] = await listening(all.people, intents);
  await annas.unread();
  await chooses(clock, annas, { status: 'dnd' });
  expect(await seen(bobs)).toEqual([`${anna.id} dnd`]);
  await changes(server, anna, [bob], { closed: true });
  expect(await seen(bobs)).toEqual([`${anna.id} offline`]);
  expect((await seen(annas)).at(-1)).toBe(`${bob.id} offline`);
  await chooses(clock, annas, { status: 'idle' });
  expect(await seen(bobs)).toEqual([]);
  await changes(server, anna, [bob], { closed: false });
  expect(await seen(bobs)).toEqual([`${anna.id} idle`]);
  // A block hides both; ending it shows them again.
  await blocks(bob, anna);
  expect(await seen(bobs)).toEqual([`${anna.id} offline`]);
  await chooses(clock, annas, { status: 'dnd' });
  expect(await seen(bobs)).toEqual([]);
  await drops(bob, anna);
  expect(await seen(bobs)).toEqual([`${anna.id} dnd`]);
  await changes(server, bob, [anna], { left_at: 1 });
  expect(await seen(bobs)).toEqual([`${anna.id} offline`]);
  // Friendship goes on whatever becomes of the conversation.
  await changes(server, bob, [anna], { left_at: null });
  await befriend(anna, bob);
  await bobs.unread();
  await changes(server, bob, [anna], { left_at: 1 });
  await bobs.hearsNothing();
  await cleos.hearsNothing();
});

test('a profile is told to friends and partners, once in each session; not to those who ask or block', async () => {
  await using all = await start('anna', 'bob', 'cleo', 'dora', 'emil');
  const { server } = all;
  const [anna, bob, cleo, dora, emil] = all.people;
  await befriend(anna, bob);
  await talking(server, anna, bob, cleo, emil);
  await asks(dora, anna);
  await blocks(anna, emil);
  const [annas, bobs, cleos, doras, emils] = await listening(all.people, []);
  const own = await anna.does('PATCH', '/users/@me', { bio: 'soup' });
  const shown = await bob.does('GET', `/users/${anna.id}`);
  for (const ears of [bobs, cleos]) {
    expect((await ears.hearsExactly('user.update'))[0]?.data).toEqual(shown);
  }
  expect((await annas.hearsExactly('user.update'))[0]?.data).toEqual(own);
  for (const ears of [doras, emils]) await ears.hearsNothing();
});

test('everyone in a space is listed with their presence, page by page, to members alone', async () => {
  await using all = await start('anna', 'bob', 'cleo', 'dora', 'emil');
  const { server } = all;
  const [anna, bob, cleo, dora, emil] = all.people;
  const { space } = await anna.founds();
  for (const one of [bob, cleo, dora]) await one.joins(space);
  await anna.listens(intents, { presence: { status: 'dnd', activities: [{ name: 'Chess' }] } });
  await bob.listens(intents, { presence: { status: 'invisible' } });
  await cleo.listens(intents);
  const path = `/spaces/${space.id}/presences`;
  const reply = await dora.call('GET', path);
  expect(reply.body).toEqual({
    data: [
      {
        user_id: anna.id,
        status: 'dnd',
        client_status: { desktop: 'dnd' },
        activities: [{ name: 'Chess' }],
      },
      { user_id: bob.id, status: 'offline', client_status: {}, activities: [] },
      {
        user_id: cleo.id,
        status: 'online',
        client_status: { desktop: 'online' },
        activities: [],
      },
      { user_id: dora.id, status: 'offline', client_status: {}, activities: [] },
    ],
  });
  const first = await dora.call('GET', `${path}?limit=3`);
  expect(first.body.cursor).toEqual({ after: cleo.id, has_more: true });
  const second = await dora.call('GET', `${path}?limit=3&after=${cleo.id}`);
  expect(second.body).toEqual({ data: reply.data.slice(3) });
  expect(first.data).toEqual(reply.data.slice(0, 3));
  await emil.isRefused(403, 'GET', path);
  expect((await server.call('GET', path)).status).toBe(401);
  await emil.isRefused(404, 'GET', '/spaces/1/presences');
});

test('a guest is told no presence, and a page of a large space is bounded', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga');
  const { owner, space } = home;
  await owner.listens(intents);
  const guest = await Guest.enter(server, space);
  expect(await guest.reads(`/spaces/${space.id}/presences`)).toEqual([]);
  const { space: other } = await owner.founds('Other');
  expect((await guest.call('GET', `/spaces/${other.id}/presences`)).status).toBe(403);
  await addMembers(server, space, 1_200);
  const page = await owner.call('GET', `/spaces/${space.id}/presences?limit=5000`);
  expect(page.data).toHaveLength(1_000);
  expect(page.body.cursor.has_more).toBe(true);
});
