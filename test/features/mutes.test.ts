// What somebody has muted: channels, categories and conversations; it is for that account's eyes alone.
import { expect, test } from 'bun:test';
import { readyMutes } from '../../src/features/talk/mutes/ready.ts';
import { gathers } from '../support/conversing.ts';
import { Guest } from '../support/guest.ts';
import type { Person } from '../support/person.ts';
import { startTest } from '../support/server.ts';
import { deny, hiddenChannel, quietly, world } from '../support/world.ts';

const mutes = async (person: Person, query = ''): Promise<string[]> => {
  const rows = await person.does('GET', `/users/@me/mutes${query}`);
  return rows.map(({ channel_id }: { channel_id: string }) => channel_id);
};
const muting = (channel: { id: string }) => ['PUT', `/channels/${channel.id}/mute`] as const;
const unmuting = (channel: { id: string }) => ['DELETE', `/channels/${channel.id}/mute`] as const;
const mutesInReady = async (person: Person): Promise<string[]> => {
  const ears = await person.listens(quietly);
  ears.close(1000);
  return ears.ready['mutes'].map(({ channel_id }: { channel_id: string }) => channel_id);
};

test('muting is told to the own devices, can be repeated, and silences nothing', async () => {
  await using server = await startTest();
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  const phone = await bob.listens([]);
  const desk = await bob.listens(['messages']);
  const annas = await anna.listens(quietly);
  const made = await bob.does(...muting(general));
  expect(made).toEqual({
    user_id: bob.id,
    channel_id: general.id,
    created_at: expect.stringMatching(/^\d{4}-.*Z$/),
  });
  expect(await bob.does(...muting(general))).toEqual(made);
  expect(await bob.does('GET', '/users/@me/mutes')).toEqual([made]);
  for (const ears of [phone, desk]) {
    const [frame] = await ears.hearsExactly('channel_mute.create');
    expect(frame?.data).toEqual({ channel_id: general.id });
  }
  expect(await mutes(anna)).toEqual([]);
  await annas.hearsNothing();
  // Muted channels go on being delivered, and unread.
  await anna.says(general, 'hello @bob');
  await desk.hearsExactly('message.create');
  expect(await bob.does('GET', '/users/@me/read-states')).toMatchObject([{ mention_count: 1 }]);
  expect(await mutesInReady(bob)).toEqual([general.id]);

  expect(await bob.does(...unmuting(general))).toBeNull();
  expect(await bob.does(...unmuting(general))).toBeNull();
  await bob.does(...unmuting({ id: '1' }));
  await bob.does(...unmuting({ id: 'nothing' }));
  await phone.hearsExactly('channel_mute.delete');
  await desk.hearsExactly('channel_mute.delete');
  expect(await mutes(bob)).toEqual([]);
  expect(await mutesInReady(bob)).toEqual([]);
});

test('a muted category mutes the channels in it that one may view', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space } = home;
  const make = (name: string, more: object = {}) =>
    anna.does('POST', `/spaces/${space.id}/channels`, { name, ...more });
  const category = await make('stairs', { type: 'category' });
  const one = await make('one', { parent_id: category.id });
  const two = await make('two', { parent_id: category.id });
  const secret = await make('secret', { parent_id: category.id });
  await deny(home, secret, 'view_channel');
  await make('elsewhere');
  const bobs = await bob.listens([]);
  await bob.does(...muting(two));
  await bobs.unread();
  // In one millisecond they would stand by their ids.
  await Bun.sleep(2);
  await bob.does(...muting(category));
  const told = await bobs.unread();
  expect(told.map(({ type, data }) => [type, data['channel_id']])).toEqual([
    ['channel_mute.create', category.id],
    ['channel_mute.create', one.id],
  ]);
  expect(await mutes(bob)).toEqual([two.id, category.id]);
  expect(new Set(await mutesInReady(bob))).toEqual(new Set([category.id, one.id, two.id]));

  // It stays muted, by its category; and then by itself.
  await bob.does(...unmuting(two));
  await bobs.hearsNothing();
  await bob.does(...muting(two));
  await bobs.unread();
  await bob.does(...unmuting(category));
  const freed = await bobs.unread();
  expect(freed.map(({ type, data }) => [type, data['channel_id']])).toEqual([
    ['channel_mute.delete', category.id],
    ['channel_mute.delete', one.id],
  ]);
  expect(await mutesInReady(bob)).toEqual([two.id]);
});

test('channels that come into a muted category, or leave it, are told as muted, or as muted no more', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, general, space } = home;
  const make = (name: string, more: object = {}) =>
    anna.does('POST', `/spaces/${space.id}/channels`, { name, ...more });
  const category = await make('stairs', { type: 'category' });
  const other = await make('cellar', { type: 'category' });
  await bob.does(...muting(category));
  const bobs = await bob.listens([]);
  const told = async () =>
    (await bobs.unread()).map(({ type, data }) => [type, data['channel_id']]);
  const shown = new Set<string>(bobs.ready['mutes'].map((one: any) => one.channel_id));
  const agree = async () => expect(new Set(await mutesInReady(bob))).toEqual(shown);
  const put = (channel: { id: string }, parent_id: string | null) =>
    anna.does('PATCH', `/channels/${channel.id}`, { parent_id });

  const made = await make('made', { parent_id: category.id });
  expect(await told()).toEqual([['channel_mute.create', made.id]]);
  shown.add(made.id);
  await put(general, category.id);
  expect(await told()).toEqual([['channel_mute.create', general.id]]);
  shown.add(general.id);
  await agree();
  await put(general, other.id);
  expect(await told()).toEqual([['channel_mute.delete', general.id]]);
  shown.delete(general.id);
  await agree();

  // Nothing changes where both are muted, or the channel itself is, or one does not view it.
  await bob.does(...muting(other));
  await told();
  await put(general, category.id);
  await bobs.hearsNothing();
  await bob.does(...muting(general));
  await told();
  await put(general, null);
  await bobs.hearsNothing();
  const deny_all = { id: space.id, type: 'role', allow: [], deny: ['view_channel'] };
  const [everyone] = await anna.does('GET', `/spaces/${space.id}/roles`);
  await make('secret', {
    parent_id: category.id,
    permission_overwrites: [{ ...deny_all, id: everyone.id }],
  });
  await bobs.hearsNothing();

  await anna.does('DELETE', `/channels/${category.id}`);
  expect(await told()).toEqual([['channel_mute.delete', made.id]]);
  expect(await mutesInReady(bob)).toEqual(expect.arrayContaining([other.id, general.id]));
});

test('many who muted a category are told in later turns, a thousand at most', async () => {
  await using server = await startTest();
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const make = (more: object) =>
    anna.does('POST', `/spaces/${space.id}/channels`, { name: 'room', ...more });
  const category = await make({ type: 'category' });
  await bob.does(...muting(category));
  const bobs = await bob.listens([]);
  await server.turn(({ tx }) => {
    for (let n = 0; n < 1_200; n += 1) {
      const id = String(1_000 + n);
      tx.sqlite.run('INSERT INTO users (id, username, created_at) VALUES (?, ?, 0)', [id, `u${n}`]);
      tx.sqlite.run('INSERT INTO members (space_id, user_id, joined_at) VALUES (?, ?, 0)', [
        space.id,
        id,
      ]);
      tx.sqlite.run('INSERT INTO channel_mutes VALUES (?, ?, 0)', [id, category.id]);
    }
  });
  const told = () =>
    server.app.db.sqlite
      .query<{ n: number }, []>(
        `SELECT count(*) AS n FROM event_scopes s JOIN events e ON e.seq = s.seq
          WHERE e.bytes LIKE '%channel_mute.create%' AND (s.scope LIKE 'u:1___' OR s.scope LIKE 'u:2___')`,
      )
      .get()?.n;
  await make({ parent_id: category.id });
  expect(told()).toBeLessThan(1_000);
  while ((told() ?? 0) < 1_000) await Bun.sleep(5);
  await Bun.sleep(50);
  expect(told()).toBe(1_000);
  expect((await bobs.unread()).length).toBeLessThanOrEqual(1);
});

test('channels out of view are in no list, and cannot be muted; the mute comes back with the view', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, general, space } = home;
  const hidden = await hiddenChannel(home);
  await bob.isRefused(403, ...muting(hidden));
  await bob.isRefused(404, ...muting({ id: '1' }));
  const room = await anna.does('POST', `/spaces/${space.id}/channels`, { name: 'room' });
  await bob.does(...muting(room));
  // In one millisecond they would stand by their ids.
  await Bun.sleep(2);
  await bob.does(...muting(general));
  await deny(home, room, 'view_channel');
  expect(await mutes(bob)).toEqual([general.id]);
  expect(await mutesInReady(bob)).toEqual([general.id]);
  const [everyone] = await anna.does('GET', `/spaces/${space.id}/roles`);
  await anna.does('DELETE', `/channels/${room.id}/permissions/${everyone.id}`);
  expect(await mutes(bob)).toEqual([room.id, general.id]);
  expect(await mutes(bob, '?limit=1')).toEqual([room.id]);
  expect(await mutes(bob, `?after=${room.id}`)).toEqual([general.id]);
  await anna.does('DELETE', `/channels/${room.id}`);
  expect(await mutes(bob)).toEqual([general.id]);
});

test('what follows READY is silent about mutes of what went out of view meanwhile', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob', 'cleo');
  const { anna, bob, cleo, general, space } = home;
  const room = await anna.does('POST', `/spaces/${space.id}/channels`, { name: 'room' });
  const group = await gathers(anna, bob, cleo);
  for (const channel of [room, group, general]) await bob.does(...muting(channel));
  const ears = await bob.listens(quietly);
  const listener = server.app.hub.listener(ears.ready['session_id']);
  if (listener === undefined) throw new Error('bob does not listen');
  const entries = [...readyMutes.entries(server.app, listener, [])];
  const again = () => entries.flatMap((one) => [...one.again()].map((text) => JSON.parse(text)));
  const idsOf = (frames: readonly any[]): string[] => frames.map(({ data }) => data.channel_id);
  expect(new Set(idsOf(again()))).toEqual(new Set([room.id, group.id, general.id]));
  await deny(home, room, 'view_channel');
  await anna.does('DELETE', `/channels/${group.id}/recipients/${bob.id}`);
  expect(idsOf(again())).toEqual([general.id]);
});

test('RESUME says whether a channel is muted, by the newest of all changes', async () => {
  await using server = await startTest();
  const { bob, general } = await world(server, 'anna', 'bob');
  const ears = await bob.listens([]);
  const { seq } = ears;
  ears.drop();
  for (let n = 0; n < 3; n += 1) {
    await bob.does(...muting(general));
    await bob.does(...unmuting(general));
  }
  await bob.does(...muting(general));
  const { missed } = await bob.resumes(ears.ready['session_id'], seq);
  expect(missed.map(({ type }) => type)).toEqual(['channel_mute.create']);
});

test('guests mute nothing, and there is an end to what an account mutes', async () => {
  await using server = await startTest();
  const { bob, general, space } = await world(server, 'anna', 'bob');
  const guest = await Guest.enter(server, space);
  const { status } = await server.call(...muting(general), undefined, {
    authorization: guest.authorization,
  });
  expect(status).toBe(403);
  await server.turn(({ tx }) => {
    const insert = tx.sqlite.query('INSERT INTO channel_mutes VALUES (?, ?, 0)');
    for (let n = 1; n <= 2_000; n += 1) insert.run(bob.id, `gone ${n}`);
  });
  await bob.isRefused(400, ...muting(general));
  expect(await mutes(bob)).toEqual([]);
});
