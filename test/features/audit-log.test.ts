import { expect, test } from 'bun:test';
import { features } from '../../src/features.ts';
import { forgetClasses } from '../../src/features/server/instance/retention.ts';
import { clearSlice } from '../../src/features/base/clearing/slices.ts';
import { FakeClock } from '../support/clock.ts';
import { countRows } from '../support/crowd.ts';
import type { Person } from '../support/person.ts';
import { dot } from '../support/place.ts';
import { dropped } from '../support/resuming.ts';
import { startTest } from '../support/server.ts';
import { until } from '../support/stored.ts';
import {
  deny,
  empower,
  everyoneOf,
  hiddenChannel,
  listening,
  world,
  type World,
} from '../support/world.ts';

const moderation = ['moderation'];
const logOf = (person: Person, { id }: any, query = '') =>
  person.does('GET', `/spaces/${id}/audit-log${query}`);

/** One deed by an endpoint, and the entry that it leaves. */
interface Deed {
  does: string;
  call: (of: Things) => readonly [method: string, path: string, body?: unknown];
  leaves: (of: Things) => object;
}

interface Things {
  space: string;
  general: string;
  channel: string;
  role: string;
  emoji: string;
  bob: string;
  cleo: string;
  /** By bob, each once. */
  messages: [string, string, string];
  everyone: string;
  code: string;
}

const of = (type: string, id: string) => ({ target_type: type, target_id: id });
const given = 'PUT /channels/:channel_id/permissions/:overwrite_id';

/** Everything that is done by virtue of a permission over others; in an order in which each can be done. */
const deeds: readonly Deed[] = [
  {
    does: 'PATCH /spaces/:space_id',
    call: ({ space }) => ['PATCH', `/spaces/${space}`, { name: 'Cellar', public: true }],
    leaves: ({ space }) => ({
      action_type: 'space_update',
      ...of('space', space),
      changes: { name: { old: 'Home', new: 'Cellar' } },
    }),
  },
  {
    does: 'POST /spaces/:space_id/channels',
    call: ({ space }) => ['POST', `/spaces/${space}/channels`, { name: 'wine' }],
    leaves: () => ({
      action_type: 'channel_create',
      target_type: 'channel',
      target_id: expect.any(String),
      changes: { name: 'wine', type: 'text' },
    }),
  },
  {
    does: 'PATCH /channels/:channel_id',
    call: ({ channel }) => ['PATCH', `/channels/${channel}`, { topic: 'red and white' }],
    leaves: ({ channel }) => ({
      action_type: 'channel_update',
      ...of('channel', channel),
      changes: { topic: { old: null, new: 'red and white' } },
    }),
  },
  {
    does: 'PATCH /spaces/:space_id/channels',
    call: ({ space, channel }) => [
      'PATCH',
      `/spaces/${space}/channels`,
      [{ id: channel, position: 7 }],
    ],
    leaves: ({ channel }) => ({
      action_type: 'channel_update',
      ...of('channel', channel),
      changes: { position: { old: 0, new: 7 } },
    }),
  },
  {
    does: given,
    call: ({ channel, bob }) => [
      'PUT',
      `/channels/${channel}/permissions/${bob}`,
      { type: 'member', allow: [], deny: ['send_messages'] },
    ],
    leaves: ({ channel, bob }) => ({
      action_type: 'channel_update',
      ...of('channel', channel),
      changes: {
        overwrite_id: bob,
        type: { old: null, new: 'member' },
        deny: { old: [], new: ['send_messages'] },
      },
    }),
  },
  {
    does: 'DELETE /channels/:channel_id/permissions/:overwrite_id',
    call: ({ channel, bob }) => ['DELETE', `/channels/${channel}/permissions/${bob}`],
    leaves: ({ channel, bob }) => ({
      action_type: 'channel_update',
      ...of('channel', channel),
      changes: {
        overwrite_id: bob,
        type: { old: 'member', new: null },
        deny: { old: ['send_messages'], new: [] },
      },
    }),
  },
  {
    does: 'POST /spaces/:space_id/roles',
    call: ({ space }) => ['POST', `/spaces/${space}/roles`, { name: 'Cook' }],
    leaves: () => ({
      action_type: 'role_create',
      target_type: 'role',
      target_id: expect.any(String),
      changes: { name: 'Cook', permissions: [] },
    }),
  },
  {
    does: 'PATCH /spaces/:space_id/roles/:role_id',
    call: ({ space, role }) => [
      'PATCH',
      `/spaces/${space}/roles/${role}`,
      { permissions: ['speak', 'connect'] },
    ],
    leaves: ({ role }) => ({
      action_type: 'role_update',
      ...of('role', role),
      changes: { permissions: { old: [], new: ['connect', 'speak'] } },
    }),
  },
  {
    does: 'PATCH /spaces/:space_id/roles',
    call: ({ space, role }) => ['PATCH', `/spaces/${space}/roles`, [{ id: role, position: 1 }]],
    leaves: ({ role }) => ({
      action_type: 'role_update',
      ...of('role', role),
      changes: { position: { old: 3, new: 1 } },
    }),
  },
  {
    does: 'PUT /spaces/:space_id/members/:user_id/roles/:role_id',
    call: ({ space, bob, role }) => ['PUT', `/spaces/${space}/members/${bob}/roles/${role}`],
    leaves: ({ bob, role }) => ({
      action_type: 'member_role_update',
      ...of('member', bob),
      changes: { roles: { old: [], new: [role] } },
    }),
  },
  {
    does: 'DELETE /spaces/:space_id/members/:user_id/roles/:role_id',
    call: ({ space, bob, role }) => ['DELETE', `/spaces/${space}/members/${bob}/roles/${role}`],
    leaves: ({ bob, role }) => ({
      action_type: 'member_role_update',
      ...of('member', bob),
      changes: { roles: { old: [role], new: [] } },
    }),
  },
  {
    does: 'PATCH /spaces/:space_id/members/:user_id',
    call: ({ space, bob }) => [
      'PATCH',
      `/spaces/${space}/members/${bob}`,
      { nick: 'Bobby', mute: true },
    ],
    leaves: ({ bob }) => ({
      action_type: 'member_update',
      ...of('member', bob),
      changes: { nickname: { old: null, new: 'Bobby' }, mute: { old: false, new: true } },
    }),
  },
  {
    does: 'POST /spaces/:space_id/emojis',
    call: ({ space }) => ['POST', `/spaces/${space}/emojis`, { name: 'grape', image: dot }],
    leaves: () => ({
      action_type: 'emoji_create',
      target_type: 'emoji',
      target_id: expect.any(String),
      changes: { name: 'grape' },
    }),
  },
  {
    does: 'PATCH /spaces/:space_id/emojis/:emoji_id',
    call: ({ space, emoji }) => ['PATCH', `/spaces/${space}/emojis/${emoji}`, { name: 'cork' }],
    leaves: ({ emoji }) => ({
      action_type: 'emoji_update',
      ...of('emoji', emoji),
      changes: { name: { old: 'pot', new: 'cork' } },
    }),
  },
  {
    does: 'DELETE /spaces/:space_id/emojis/:emoji_id',
    call: ({ space, emoji }) => ['DELETE', `/spaces/${space}/emojis/${emoji}`],
    leaves: ({ emoji }) => ({
      action_type: 'emoji_delete',
      ...of('emoji', emoji),
      changes: { name: 'cork' },
    }),
  },
  {
    does: 'PUT /channels/:channel_id/pins/:message_id',
    call: ({ general, messages }) => ['PUT', `/channels/${general}/pins/${messages[0]}`],
    leaves: ({ general, bob, messages }) => ({
      action_type: 'message_pin',
      ...of('user', bob),
      changes: { channel_id: general, message_id: messages[0] },
    }),
  },
  {
    does: 'DELETE /channels/:channel_id/pins/:message_id',
    call: ({ general, messages }) => ['DELETE', `/channels/${general}/pins/${messages[0]}`],
    leaves: ({ general, bob, messages }) => ({
      action_type: 'message_unpin',
      ...of('user', bob),
      changes: { channel_id: general, message_id: messages[0] },
    }),
  },
  {
    does: 'DELETE /channels/:channel_id/messages/:message_id/reactions/:emoji/:user_id',
    call: ({ general, messages, bob }) => [
      'DELETE',
      `/channels/${general}/messages/${messages[0]}/reactions/yes/${bob}`,
    ],
    leaves: ({ general, messages, bob }) => ({
      action_type: 'reaction_delete',
      ...of('user', bob),
      changes: { channel_id: general, message_id: messages[0], emoji: 'yes' },
    }),
  },
  {
    does: 'DELETE /channels/:channel_id/messages/:message_id/reactions/:emoji',
    call: ({ general, messages }) => [
      'DELETE',
      `/channels/${general}/messages/${messages[0]}/reactions/no`,
    ],
    leaves: ({ general, messages }) => ({
      action_type: 'reaction_delete',
      ...of('channel', general),
      changes: { message_id: messages[0], emoji: 'no' },
    }),
  },
  {
    does: 'DELETE /channels/:channel_id/messages/:message_id/reactions',
    call: ({ general, messages }) => [
      'DELETE',
      `/channels/${general}/messages/${messages[0]}/reactions`,
    ],
    leaves: ({ general, messages }) => ({
      action_type: 'reaction_delete',
      ...of('channel', general),
      changes: { message_id: messages[0] },
    }),
  },
  {
    does: 'DELETE /channels/:channel_id/messages/:message_id',
    call: ({ general, messages }) => ['DELETE', `/channels/${general}/messages/${messages[0]}`],
    leaves: ({ general, bob, messages }) => ({
      action_type: 'message_delete',
      ...of('user', bob),
      changes: { channel_id: general, message_id: messages[0] },
    }),
  },
  {
    does: 'POST /channels/:channel_id/messages/bulk-delete',
    call: ({ general, messages: [first, ...others] }) => [
      'POST',
      `/channels/${general}/messages/bulk-delete`,
      { messages: [first, ...others, ...others] },
    ],
    leaves: ({ general }) => ({
      action_type: 'message_delete',
      ...of('channel', general),
      changes: { count: 2 },
    }),
  },
  {
    does: 'POST /spaces/:space_id/invites',
    call: ({ space }) => ['POST', `/spaces/${space}/invites`, { max_uses: 3, max_age: 60 }],
    leaves: () => ({
      action_type: 'invite_create',
      target_type: 'invite',
      target_id: expect.any(String),
      changes: {
        invite_code: expect.any(String),
        inviter_id: expect.any(String),
        max_uses: 3,
        max_age: 60,
        temporary: false,
      },
    }),
  },
  {
    does: 'POST /channels/:channel_id/invites',
    call: ({ general }) => ['POST', `/channels/${general}/invites`, {}],
    leaves: ({ general }) => ({
      action_type: 'invite_create',
      target_type: 'invite',
      target_id: expect.any(String),
      changes: {
        invite_code: expect.any(String),
        inviter_id: expect.any(String),
        channel_id: general,
        temporary: false,
      },
    }),
  },
  {
    does: 'DELETE /invites/:code',
    call: ({ code }) => ['DELETE', `/invites/${code}`],
    leaves: ({ code, bob }) => ({
      action_type: 'invite_delete',
      ...of('invite', code),
      changes: { invite_code: code, inviter_id: bob, temporary: true },
    }),
  },
  {
    does: 'DELETE /spaces/:space_id/members/:user_id',
    call: ({ space, bob }) => ['DELETE', `/spaces/${space}/members/${bob}`],
    leaves: ({ bob }) => ({ action_type: 'member_kick', ...of('user', bob) }),
  },
  {
    does: 'PUT /spaces/:space_id/bans/:user_id',
    call: ({ space, cleo }) => [
      'PUT',
      `/spaces/${space}/bans/${cleo}`,
      { reason: 'spam', delete_message_seconds: 3600 },
    ],
    leaves: ({ cleo }) => ({
      action_type: 'member_ban_add',
      ...of('user', cleo),
      reason: 'spam',
      changes: { deleted_message_count: 1 },
    }),
  },
  {
    does: 'DELETE /spaces/:space_id/bans/:user_id',
    call: ({ space, cleo }) => ['DELETE', `/spaces/${space}/bans/${cleo}`],
    leaves: ({ cleo }) => ({ action_type: 'member_ban_remove', ...of('user', cleo) }),
  },
  {
    does: 'DELETE /spaces/:space_id/roles/:role_id',
    call: ({ space, role }) => ['DELETE', `/spaces/${space}/roles/${role}`],
    leaves: ({ role }) => ({
      action_type: 'role_delete',
      ...of('role', role),
      changes: { name: 'Waiter' },
    }),
  },
  {
    does: 'DELETE /channels/:channel_id',
    call: ({ channel }) => ['DELETE', `/channels/${channel}`],
    leaves: ({ channel }) => ({
      action_type: 'channel_delete',
      ...of('channel', channel),
      changes: { name: 'beer', type: 'text' },
    }),
  },
];

async function things(home: World<'bob' | 'cleo'>): Promise<Things> {
  const { owner, bob, cleo, space, general } = home;
  const path = `/spaces/${space.id}`;
  const role = await owner.does('POST', `${path}/roles`, { name: 'Waiter' });
  const channel = await owner.does('POST', `${path}/channels`, { name: 'beer' });
  const emoji = await owner.does('POST', `${path}/emojis`, { name: 'pot', image: dot });
  const invite = await bob.does('POST', `${path}/invites`, { temporary: true });
  const messages: any[] = [];
  for (const text of ['one', 'two', 'three']) messages.push(await bob.says(general, text));
  const [{ id: first }] = messages;
  for (const who of [bob, cleo]) {
    for (const emojiName of ['yes', 'no', 'perhaps']) {
      const where = `/channels/${general.id}/messages/${first}/reactions/${emojiName}/@me`;
      await who.does('PUT', where);
    }
  }
  await cleo.says(general, 'buy this');
  const [everyone] = await owner.does('GET', `${path}/roles`);
  return {
    space: space.id,
    general: general.id,
    channel: channel.id,
    role: role.id,
    emoji: emoji.id,
    bob: bob.id,
    cleo: cleo.id,
    messages: messages.map(({ id }) => id) as Things['messages'],
    everyone: everyone.id,
    code: invite.code,
  };
}

test('whatever is done by virtue of a permission over others leaves one entry, told as it is read', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { owner, space } = home;
  const there = await things(home);
  const ears = await owner.listens(moderation);
  const before = (await logOf(owner, space))[0].id;
  const left: any[] = [];
  for (const { does, call, leaves } of deeds) {
    await owner.does(...call(there));
    const told = (await ears.unread()).filter(({ type }) => type === 'audit_log.create');
    const entry = { space_id: space.id, user_id: owner.id, ...leaves(there) };
    expect({ does, told: told.map(({ data }) => data) }).toEqual({
      does,
      told: [{ ...entry, id: expect.any(String), created_at: expect.any(String) }],
    });
    left.push(told[0]?.data);
  }
  const log: any[] = await logOf(owner, space, '?limit=100');
  expect(log.filter(({ id }) => BigInt(id) > BigInt(before))).toEqual(left.toReversed());
  // A client shows what it is given: nothing of it is null, but what a field was or is.
  for (const entry of log) expect(Object.values(entry)).not.toContain(null);
});

test('no endpoint acts on others by a permission without an entry', () => {
  const governing =
    /: (manage_\w+|kick_members|ban_members|moderate_members|create_invites)\b|or manage_channels/;
  const acting = features
    .flatMap((feature) => feature.endpoints)
    .filter(({ method, access }) => method !== 'GET' && governing.test(access.says))
    .map(({ method, path }) => `${method} ${path}`);
  expect(acting.length).toBeGreaterThan(20);
  const known = deeds.map(({ does }) => does);
  expect(acting.filter((one) => !known.includes(one))).toEqual([]);
});

test('what changes nothing leaves no entry', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { owner, space } = home;
  const there = await things(home);
  const again = deeds.filter(({ does }) => !does.startsWith('POST') && !does.includes('/bans/'));
  for (const { call } of again) {
    await owner.call(...call(there));
  }
  const stranger = await server.person('dora');
  const before = await logOf(owner, space, '?limit=100');
  const ears = await owner.listens(moderation);
  for (const { call } of again) {
    const [method, path, body] = call(there);
    await owner.call(method, path, body);
  }
  await owner.does('DELETE', `/spaces/${space.id}/members/${stranger.id}`);
  await owner.does('DELETE', `/spaces/${space.id}/bans/${stranger.id}`);
  await owner.does('POST', `/channels/${there.general}/messages/bulk-delete`, { messages: ['1'] });
  await ears.hearsNothing();
  expect(await logOf(owner, space, '?limit=100')).toEqual(before);
});

test('what people do with what is their own is nobody else’s business', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { owner, bob, space, general } = home;
  const ears = await owner.listens(moderation);
  const message = await bob.says(general, 'mine');
  const reaction = `/channels/${general.id}/messages/${message.id}/reactions/yes/@me`;
  await bob.does('PUT', reaction);
  await bob.does('DELETE', reaction);
  await bob.does('DELETE', `/channels/${general.id}/messages/${message.id}`);
  await bob.does('PATCH', `/spaces/${space.id}/members/@me`, { nick: 'Bobby' });
  await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
  await ears.hearsNothing();
});

test('joining a public space is told between the join and the welcome', async () => {
  await using server = await startTest();
  const { owner, space, general } = await world(server, 'olga');
  await owner.does('PATCH', `/spaces/${space.id}`, { system_channel_id: general.id });
  const bob = await server.person('bob');
  const ears = await owner.listens(['members', 'moderation', 'messages']);
  await bob.joins(space);
  await bob.joins(space);
  const [join, entry, welcome] = await ears.hearsExactly(
    'member.join',
    'audit_log.create',
    'message.create',
  );
  expect(join?.data['user_id']).toBe(bob.id);
  expect(welcome?.data['type']).toBe('member_join');
  expect(entry?.data).toEqual({
    id: expect.any(String),
    space_id: space.id,
    user_id: bob.id,
    action_type: 'member_join',
    created_at: expect.any(String),
  });
  expect((await logOf(owner, space))[0]).toEqual(entry?.data);
});

test('accepting an invite names the invite and who made it, once', async () => {
  await using server = await startTest();
  const { owner, space } = await world(server, 'olga');
  const { code } = await owner.does('POST', `/spaces/${space.id}/invites`, {});
  const bob = await server.person('bob');
  const ears = await owner.listens(['members', 'moderation']);
  await bob.does('POST', `/invites/${code}/accept`);
  await bob.does('POST', `/invites/${code}/accept`);
  const [, entry] = await ears.hearsExactly('member.join', 'audit_log.create');
  expect(entry?.data).toEqual({
    id: expect.any(String),
    space_id: space.id,
    user_id: bob.id,
    action_type: 'invite_accept',
    target_type: 'invite',
    target_id: owner.id,
    changes: { invite_code: code, inviter_id: owner.id },
    created_at: expect.any(String),
  });
});

test('who comes by the server’s own invite has nobody to name as inviter', async () => {
  await using server = await startTest();
  const [home] = await server.admin.does('GET', '/users/@me/spaces');
  const bob = await server.person('bob');
  await bob.does('DELETE', `/spaces/${home.id}/members/@me`);
  const [invite] = await server.admin.does('GET', `/spaces/${home.id}/invites`);
  await bob.does('POST', `/invites/${invite.code}/accept`);
  const [entry] = await logOf(server.admin, home);
  expect(entry).toMatchObject({ action_type: 'invite_accept', target_type: 'invite' });
  expect(entry).not.toHaveProperty('target_id');
});

test('the log is for those who hold view_audit_log, over REST and over the socket', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob', 'cleo', 'dora');
  const { owner, bob, cleo, dora, space } = home;
  const role = await empower(home, bob, 'view_audit_log');
  const stranger = await server.person('emil');
  const [bobs, cleos] = await listening([bob, cleo, stranger], moderation);
  await owner.does('DELETE', `/spaces/${space.id}/members/${dora.id}`);
  await bobs.hearsExactly('audit_log.create');
  await cleos.hearsNothing();
  expect((await logOf(bob, space))[0]).toMatchObject({ action_type: 'member_kick' });
  const path = `/spaces/${space.id}/audit-log`;
  for (const who of [cleo, stranger]) await who.isRefused(403, 'GET', path);
  await owner.does('DELETE', `/spaces/${space.id}/members/${bob.id}/roles/${role.id}`);
  await bobs.hearsNothing();
  await bob.isRefused(403, 'GET', path);
  await owner.isRefused(404, 'GET', '/spaces/1/audit-log');
});

test('who loses the permission by what was done hears no entry of it', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'mo');
  const { owner, mo, space, general } = home;
  const role = await empower(home, mo, 'view_audit_log');
  // A role that stands in a channel's overwrites moves access twice.
  await owner.does('PUT', `/channels/${general.id}/permissions/${role.id}`, {
    type: 'role',
    allow: ['view_channel'],
    deny: [],
  });
  const [olgas, mos] = await listening([owner, mo], moderation);
  await owner.does('DELETE', `/spaces/${space.id}/roles/${role.id}`);
  await olgas.hearsExactly('audit_log.create');
  await mos.hearsNothing();
});

test('of a hidden channel those alone hear and read who may view it, also after it is gone', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'mo', 'cleo');
  const { owner, mo, cleo, space } = home;
  await empower(home, mo, 'view_audit_log');
  const staff = await empower(home, cleo, 'view_audit_log');
  const hidden = await hiddenChannel(home);
  await owner.does('PUT', `/channels/${hidden.id}/permissions/${staff.id}`, {
    type: 'role',
    allow: ['view_channel'],
    deny: [],
  });
  const [mos, cleos] = await listening([mo, cleo], moderation);
  const sent = await cleo.says(hidden, 'psst');
  await owner.does('PUT', `/channels/${hidden.id}/pins/${sent.id}`);
  await owner.does('POST', `/channels/${hidden.id}/invites`, {});
  await owner.does('PATCH', `/channels/${hidden.id}`, { name: 'more hidden' });
  await owner.does('DELETE', `/channels/${hidden.id}/messages/${sent.id}`);
  await owner.does('DELETE', `/channels/${hidden.id}`);
  await mos.hearsNothing();
  const told = await cleos.hearsExactly(...Array.from({ length: 5 }, () => 'audit_log.create'));
  const known = (await logOf(cleo, space)).slice(0, 5);
  expect(known).toEqual(told.map(({ data }) => data).toReversed());
  const seen = (await logOf(mo, space, '?limit=100')).map(({ id }: any) => id);
  expect(seen).not.toContainAnyValues(known.map(({ id }: any) => id));
  expect((await logOf(owner, space)).slice(0, 5)).toEqual(known);
  // Long after: the channel is cleared, the log of events reaches back no more, nobody hears its class.
  while (await server.turn(clearSlice));
  for (const table of ['event_scopes', 'events']) server.app.db.sqlite.run(`DELETE FROM ${table}`);
  await server.turn((turn) => forgetClasses(turn, 0));
  expect(countRows(server, 'visibility_classes', 'retired')).toBe(1);
  expect((await logOf(cleo, space)).slice(0, 5)).toEqual(known);
  expect((await logOf(mo, space, '?limit=100')).map(({ id }: any) => id)).toEqual(seen);
});

test('what was done in the open is read no more once its channel is hidden, nor after it is gone', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'mo');
  const { owner, mo, space } = home;
  await empower(home, mo, 'view_audit_log');
  const channel = await owner.does('POST', `/spaces/${space.id}/channels`, { name: 'layoffs' });
  await owner.does('POST', `/channels/${channel.id}/invites`, {});
  await owner.does('PATCH', `/channels/${channel.id}`, { name: 'layoffs in march' });
  const open = (await logOf(mo, space)).slice(0, 3);
  const actions = ['channel_update', 'invite_create', 'channel_create'];
  expect(open.map(({ action_type }: any) => action_type)).toEqual(actions);
  await deny(home, channel, 'view_channel');
  const ofChannel = async (one: typeof mo) =>
    (await logOf(one, space, '?limit=100')).filter((entry: any) =>
      JSON.stringify(entry).includes(channel.id),
    ).length;
  expect([await ofChannel(mo), await ofChannel(owner)]).toEqual([0, 4]);
  const everyone = await everyoneOf(home);
  await owner.does('DELETE', `/channels/${channel.id}/permissions/${everyone.id}`);
  expect((await logOf(mo, space)).slice(2, 5)).toEqual(open);
  await owner.does('DELETE', `/channels/${channel.id}`);
  expect((await logOf(mo, space)).slice(3, 6)).toEqual(open);
  expect([await ofChannel(mo), await ofChannel(owner)]).toEqual([6, 6]);
});

test('RESUME brings the entries of hidden channels to whom they are for', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'mo', 'cleo');
  const { owner, mo, cleo } = home;
  await empower(home, mo, 'view_audit_log');
  const staff = await empower(home, cleo, 'view_audit_log');
  const hidden = await hiddenChannel(home);
  const allow = { type: 'role', allow: ['view_channel'], deny: [] };
  await owner.does('PUT', `/channels/${hidden.id}/permissions/${staff.id}`, allow);
  const mos = await dropped(await mo.listens(moderation));
  const cleos = await dropped(await cleo.listens(moderation));
  await owner.does('PATCH', `/channels/${hidden.id}`, { name: 'renamed' });
  const ofMo = await mo.resumes(mos.session_id, mos.seq);
  const ofCleo = await cleo.resumes(cleos.session_id, cleos.seq);
  expect(ofMo.missed).toEqual([]);
  expect(ofCleo.missed.map(({ type }) => type)).toEqual(['audit_log.create']);
});

test('the log is read in pages, by who did it and by what was done', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { owner, bob, space, general } = home;
  await empower(home, bob, 'manage_channels', 'view_audit_log');
  for (const name of ['a', 'b', 'c']) {
    await bob.does('PATCH', `/channels/${general.id}`, { name });
  }
  await owner.does('PATCH', `/channels/${general.id}`, { name: 'd' });
  const all: any[] = await logOf(bob, space, '?limit=100');
  const ids = all.map(({ id }) => id);
  expect(ids).toEqual(ids.toSorted((a, b) => (BigInt(a) < BigInt(b) ? 1 : -1)));
  const paged: any[] = [];
  for (let before = ''; ; before = `&before=${paged.at(-1).id}`) {
    const page: any[] = await logOf(bob, space, `?limit=3${before}`);
    paged.push(...page);
    if (page.length < 3) break;
  }
  expect(paged).toEqual(all);
  const ofBob = await logOf(bob, space, `?user_id=${bob.id}&action_type=channel_update`);
  expect(ofBob.map(({ changes }: any) => changes.name.new)).toEqual(['c', 'b', 'a']);
  expect(await logOf(bob, space, '?action_type=channel_update&limit=1')).toEqual([all[0]]);
  expect(await logOf(bob, space, '?action_type=automod_block')).toEqual([]);
  expect(await logOf(bob, space, '?user_id=1')).toEqual([]);
  expect(await logOf(bob, space, '?limit=0')).toEqual([all[0]]);
  for (const query of ['?before=abc', '?user_id=', '?limit=many', '?action_type=a&action_type=b']) {
    await bob.isRefused(400, 'GET', `/spaces/${space.id}/audit-log${query}`);
  }
});

test('entries go when they are older than the log reaches back, and with their space', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings: { AUDIT_LOG_DAYS: '10' } });
  const count = () =>
    server.app.db.sqlite.query<{ n: number }, []>('SELECT count(*) AS n FROM audit_entries').get()
      ?.n;
  /** Until so many entries are left: a round that is not over yet skips the next one. */
  const hoursPassUntil = (left: number) =>
    until(async () => {
      await clock.leap(3_600_000);
      await Bun.sleep(10);
      return count() === left;
    });
  const home = await world(server, 'olga', 'bob');
  const { owner, space, general } = home;
  await deny(home, general, 'send_tts');
  const channel = await owner.does('POST', `/spaces/${space.id}/channels`, { name: 'short-lived' });
  await owner.does('DELETE', `/channels/${channel.id}`);
  await clock.leap(9 * 86_400_000);
  const kept = () => countRows(server, 'channels', `id = '${channel.id}'`);
  expect(kept()).toBe(1);
  expect((await logOf(owner, space)).map(({ action_type }: any) => action_type)).toEqual([
    'channel_delete',
    'channel_create',
    'channel_update',
    'member_join',
  ]);
  await owner.does('PATCH', `/spaces/${space.id}`, { name: 'Later' });
  await clock.leap(86_400_000);
  await hoursPassUntil(1);
  // With the last entry that told of it the row of a deleted channel goes, too.
  expect(kept()).toBe(0);
  expect((await logOf(owner, space)).map(({ action_type }: any) => action_type)).toEqual([
    'space_update',
  ]);
  await owner.does('DELETE', `/spaces/${space.id}`);
  await hoursPassUntil(0);
});
