// A change of a space looks at what it may have altered, once for all sessions that hear alike.
import { expect, test } from 'bun:test';
import { readerOf, scopesOfReader } from '../../src/access/hearing.ts';
import { scope } from '../../src/events/audience.ts';
import type { Listener } from '../../src/events/hub.ts';
import { addMembers } from '../support/masses.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { everyoneOf, hiddenChannel, world, type World } from '../support/world.ts';

/** What was asked of the sessions of a crowd, and changed in them. */
interface Work {
  /** How often it was asked whether a session hears some scope. */
  asked: number;
  /** Scopes that were subscribed to or unsubscribed from. */
  changed: number;
}

/** Members with a session each, which count the work that they cause. */
async function crowd(server: TestServer, here: World, count: number): Promise<Work> {
  const { app } = server;
  const work: Work = { asked: 0, changed: 0 };
  class Counted extends Set<string> {
    override has(one: string): boolean {
      work.asked += 1;
      return super.has(one);
    }
  }
  for (const user_id of await addMembers(server, here.space, count)) {
    const listener: Listener = {
      id: `session of ${user_id}`,
      user_id,
      guest_of: null,
      token_hash: '',
      mask: 0,
      scopes: new Counted(),
      queue() {},
      close() {},
      socket: {
        subscribe: () => void (work.changed += 1),
        unsubscribe: () => void (work.changed += 1),
        send: () => 1,
        getBufferedAmount: () => 0,
        terminate() {},
      },
    };
    app.hub.add(listener, scopesOfReader(app, readerOf(app.db, user_id)));
  }
  // A check that only tests make asks each session of a group.
  Object.defineProperty(app, 'strict', { value: false });
  return work;
}

/** What some calls ask of the crowd. */
async function workOf(work: Work, calls: () => Promise<unknown>): Promise<Work> {
  Object.assign(work, { asked: 0, changed: 0 });
  await calls();
  return { ...work };
}

const nothing: Work = { asked: 0, changed: 0 };

test('what alters nobody’s hearing asks nothing of any session', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga');
  const { owner, space, general } = here;
  const hidden = await hiddenChannel(here);
  const everyone = await everyoneOf(here);
  const path = `/spaces/${space.id}`;
  const role = await owner.does('POST', `${path}/roles`, { name: 'role', permissions: [] });
  const other = await owner.does('POST', `${path}/roles`, { name: 'other', permissions: [] });
  const work = await crowd(server, here, 20);
  const ofRole = (change: object) => owner.does('PATCH', `${path}/roles/${role.id}`, change);
  const ofChannel = (change: object) => owner.does('PATCH', `/channels/${general.id}`, change);
  const denied = { type: 'role', allow: [], deny: ['view_channel'] };
  const changes: [what: string, call: () => Promise<unknown>][] = [
    ['a name', () => ofRole({ name: 'renamed' })],
    ['a colour', () => ofRole({ color: 255, hoist: true, mentionable: true })],
    ['a permission without a scope', () => ofRole({ permissions: ['attach_files'] })],
    ['a role that nobody has', () => ofRole({ permissions: ['view_channel', 'ban_members'] })],
    ['a new role', () => owner.does('POST', `${path}/roles`, { name: 'new' })],
    ['an order', () => owner.does('PATCH', `${path}/roles`, [{ id: other.id, position: 1 }])],
    ['a topic', () => ofChannel({ name: 'renamed', topic: 'something', nsfw: true })],
    ['slow mode', () => ofChannel({ rate_limit: 5 })],
    ['a new channel', () => owner.does('POST', `${path}/channels`, { name: 'new' })],
    [
      'an overwrite as it is',
      () => owner.does('PUT', `/channels/${hidden.id}/permissions/${everyone.id}`, denied),
    ],
    [
      'an overwrite that hides nothing',
      () =>
        owner.does('PUT', `/channels/${general.id}/permissions/${role.id}`, {
          ...denied,
          deny: ['send_messages'],
        }),
    ],
    ['a space’s name', () => owner.does('PATCH', path, { name: 'Renamed' })],
    ['the end of a role', () => owner.does('DELETE', `${path}/roles/${role.id}`)],
  ];
  for (const [what, call] of changes) {
    expect([what, await workOf(work, call)]).toEqual([what, nothing]);
  }
});

test('sessions that hear alike are looked at once, and only at the scopes that may differ', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga');
  const { owner, space } = here;
  const deny = (channel: { id: string }, id: string) =>
    owner.does('PUT', `/channels/${channel.id}/permissions/${id}`, {
      type: 'role',
      allow: [],
      deny: ['view_channel'],
    });
  // Channels of many classes, which the change does not touch.
  for (let n = 0; n < 10; n += 1) {
    const role = await owner.does('POST', `/spaces/${space.id}/roles`, { name: `role ${n}` });
    const channel = await owner.does('POST', `/spaces/${space.id}/channels`, { name: 'more' });
    await deny(channel, role.id);
  }
  const shed = await owner.does('POST', `/spaces/${space.id}/channels`, { name: 'shed' });
  const everyone = await everyoneOf(here);
  const hideAndShow = async () => {
    await deny(shed, everyone.id);
    await owner.does('DELETE', `/channels/${shed.id}/permissions/${everyone.id}`);
  };
  const few = await crowd(server, here, 5);
  const ofFew = await workOf(few, hideAndShow);
  const many = await crowd(server, here, 60);
  // The first session of all is the one that stands for the others.
  expect(await workOf(many, hideAndShow)).toEqual(nothing);
  const again = await workOf(few, hideAndShow);
  expect(again.asked).toBeLessThanOrEqual(ofFew.asked);
  expect(ofFew.asked).toBeLessThan(20);
});

test('a role’s permission is looked at for its holders alone', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob');
  const { owner, bob, space } = here;
  const path = `/spaces/${space.id}/roles`;
  const role = await owner.does('POST', path, { name: 'role', permissions: [] });
  await owner.does('PUT', `/spaces/${space.id}/members/${bob.id}/roles/${role.id}`);
  const bobs = await bob.listens(['moderation']);
  const work = await crowd(server, here, 20);
  const change = () => owner.does('PATCH', `${path}/${role.id}`, { permissions: ['ban_members'] });
  expect(await workOf(work, change)).toEqual(nothing);
  const stranger = await server.person('stranger');
  await owner.does('PUT', `/spaces/${space.id}/bans/${stranger.id}`, {});
  await bobs.hears('ban.create');
});

test('a deleted space is silent at once, and its scopes go in slices', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga');
  const { owner, space, general } = here;
  const { hub } = server.app;
  const work = await crowd(server, here, 30);
  const people = server.app.db.sqlite
    .query<{ id: string }, []>('SELECT user_id AS id FROM members')
    .all()
    .flatMap(({ id }) => (hub.listener(`session of ${id}`) ? [id] : []));
  expect(people).toHaveLength(30);
  const { class_id } = server.app.db.sqlite
    .query<{ class_id: number }, [string]>('SELECT class_id FROM channels WHERE id = ?')
    .get(general.id) ?? { class_id: 0 };
  expect(hub.count(scope.class(class_id))).toBe(30);
  await owner.does('DELETE', `/spaces/${space.id}`);
  for (const one of [scope.class(class_id), scope.space(space.id)]) expect(hub.count(one)).toBe(0);
  while (hub.tidy(1));
  expect(work.changed).toBeGreaterThan(60);
  const own = people.map((user_id) => [scope.user(user_id)]);
  expect(people.map((id) => [...(hub.listener(`session of ${id}`)?.scopes ?? [])])).toEqual(own);
});
