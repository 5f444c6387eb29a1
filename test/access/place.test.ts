import { expect, test } from 'bun:test';
import { conversationPermissions, type ConversationAccess } from '../../src/access/evaluate.ts';
import { readerOf } from '../../src/access/hearing.ts';
import { spaceAccess } from '../../src/access/load.ts';
import { namesOf, permissionNames } from '../../src/access/permissions.ts';
import { placeOf, readingAs, viewablePlaces, type Viewer } from '../../src/access/place.ts';
import { peopleNamed } from '../../src/features/talk/messages/queries.ts';
import { startTest } from '../support/server.ts';
import { deny, empower, hiddenChannel, world } from '../support/world.ts';

const conversation: ConversationAccess = {
  id: '1',
  type: 'group_dm',
  space_id: null,
  owner_id: '11',
  archived: false,
  rate_limit: 0,
  user_limit: null,
  people: ['11', '12'],
  blocked: false,
};

test('a conversation is open to its people alone, and instance admins are nobody there', () => {
  const [owner, other, stranger, admin] = [
    { id: '11', is_admin: false },
    { id: '12', is_admin: false },
    { id: '13', is_admin: false },
    { id: '14', is_admin: true },
  ].map((reader) => namesOf(conversationPermissions(conversation, reader)));
  expect(stranger).toEqual([]);
  expect(admin).toEqual([]);
  expect(owner).toEqual(other);
  expect(owner).toContain('send_messages');
  expect(owner?.filter((name) => /^(manage|moderate|mention|ban|kick|admin)/.test(name))).toEqual(
    [],
  );
});

test('where one of two has blocked the other both may look, and do nothing', () => {
  const blocked = { ...conversation, blocked: true };
  for (const id of blocked.people) {
    const held = namesOf(conversationPermissions(blocked, { id, is_admin: false }));
    expect(held).toEqual(['view_channel', 'read_history']);
  }
});

test('in a conversation its people are found by name, and nobody else', async () => {
  await using server = await startTest();
  const [anna, , cleo] = [
    await server.person('anna'),
    await server.person('bob'),
    await server.person('cleo'),
  ];
  const names = ['anna', 'bob', 'cleo', 'nobody_knows'];
  const found = peopleNamed(
    server.app.db,
    { ...conversation, people: [anna.id, cleo.id, '1'] },
    names,
  );
  expect(Object.fromEntries(found)).toEqual({ anna: anna.id, cleo: cleo.id });
});

test('everybody finds the channels of a space as their permissions say, one by one and as a list', async () => {
  await using server = await startTest();
  const { app, admin } = server;
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { bob, cleo } = home;
  const visitor = await server.person('vera');
  const hidden = await hiddenChannel(home);
  const silent = await home.owner.does('POST', `/spaces/${home.space.id}/channels`, {
    name: 'old',
  });
  await deny(home, silent, 'read_history');
  const open = await home.owner.does('POST', `/spaces/${home.space.id}/channels`, {
    name: 'open',
    allow_anonymous_read: true,
  });
  const role = await empower(home, cleo);
  await home.owner.does('PUT', `/channels/${hidden.id}/permissions/${role.id}`, {
    type: 'role',
    allow: ['view_channel'],
    deny: [],
  });
  await home.owner.does('PATCH', `/spaces/${home.space.id}`, { allow_guest_access: true });
  const space = spaceAccess(app, home.space.id);
  if (space === null) throw new Error('the space is gone');

  const names = new Map([home.general, hidden, silent, open].map(({ id, name }) => [id, name]));
  const viewers: [string, Viewer, string[]][] = [
    ['owner', readerOf(app.db, home.owner.id), ['general', 'hidden', 'old', 'open']],
    ['instance admin', readerOf(app.db, admin.id), ['general', 'hidden', 'old', 'open']],
    ['member', readerOf(app.db, bob.id), ['general', 'old', 'open']],
    ['member with the role', readerOf(app.db, cleo.id), ['general', 'hidden', 'old', 'open']],
    ['visitor', readerOf(app.db, visitor.id), []],
    ['account that only looks', 'visitor', ['general', 'old', 'open']],
    ['nobody', null, ['general', 'old', 'open']],
    ['guest', { id: 'guest:1', space_id: space.id }, ['open']],
  ];
  for (const [who, viewer, expected] of viewers) {
    const places = viewablePlaces(app, viewer, space);
    const listed = places.map(({ channel }) => names.get(channel.id) ?? '');
    expect({ who, listed: new Set(listed) }).toEqual({ who, listed: new Set(expected) });
    expect(listed).toHaveLength(expected.length);
    for (const [id, name] of names) {
      const place = placeOf(app, viewer, id);
      expect({ who, name, views: place?.can('view_channel') }).toEqual({
        who,
        name,
        views: expected.includes(name),
      });
      const same = places.find(({ channel }) => channel.id === id);
      if (same === undefined) continue;
      for (const permission of permissionNames) {
        expect(place?.can(permission)).toBe(same.can(permission));
      }
    }
  }

  // Who has not joined reads as @everyone may; members and instance admins stay who they are.
  expect(readingAs(app, readerOf(app.db, visitor.id), space)).toBe('visitor');
  for (const { id } of [home.owner, admin, bob]) {
    expect(readingAs(app, readerOf(app.db, id), space)).toEqual(readerOf(app.db, id));
  }
  expect(placeOf(app, null, silent.id)?.can('read_history')).toBe(false);
  expect(placeOf(app, readerOf(app.db, bob.id), '1')).toBeNull();
});
