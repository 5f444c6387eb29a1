import { expect, test } from 'bun:test';
import { record } from '../../src/features/spaces/audit-log/actions.ts';
import { changeOwner } from '../../src/features/spaces/members/actions.ts';
import { roleUpdated } from '../../src/features/spaces/roles/events.ts';
import { updateRole } from '../../src/features/spaces/roles/queries.ts';
import type { Turn } from '../../src/app.ts';
import type { Ears, Frame } from '../support/ears.ts';
import { startTest } from '../support/server.ts';
import {
  empower,
  everyoneOf,
  hiddenChannel,
  listening,
  world,
  type World,
} from '../support/world.ts';

const intents = ['spaces', 'messages', 'members', 'voice_states'];

/** What was told because access moved: without numbers, but for the last, whose number is the newest. */
function expectNumbered(frames: readonly Frame[], ears: Ears): void {
  const last = frames.at(-1);
  for (const frame of frames) {
    if (frame === last) expect(frame.seq).toBe(ears.seq);
    else expect(frame).not.toHaveProperty('seq');
  }
}

/** A role of the space, given to these people. */
function overwrite(
  { owner }: World,
  channel: any,
  of: { id: string; type: 'role' | 'member' },
  more: object,
): Promise<any> {
  const data = { type: of.type, allow: [], deny: [], ...more };
  return owner.does('PUT', `/channels/${channel.id}/permissions/${of.id}`, data);
}

/** Everybody in `hears` hears the next message of the channel, everybody in `deaf` does not. */
async function expectHeard(
  { owner }: World,
  channel: any,
  hears: readonly Ears[],
  deaf: readonly Ears[],
): Promise<void> {
  await owner.says(channel, 'hello');
  for (const ears of hears) await ears.hearsExactly('message.create');
  for (const ears of deaf) await ears.hearsNothing();
}

test('who joins is shown the space, the others hear of the member, strangers nothing', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob');
  const { bob } = here;
  const [mia, stan] = [await server.person('mia'), await server.person('stan')];
  const hidden = await hiddenChannel(here);
  const [owners, bobs, mias, stans] = await listening([here.owner, bob, mia, stan], intents);
  await mia.joins(here.space);
  await owners.hearsExactly('member.join');
  await bobs.hearsExactly('member.join');
  await stans.hearsNothing();
  const [created, joined, ...shown] = await mias.unread();
  expect([created?.type, joined?.type]).toEqual(['space.create', 'member.join']);
  expect(shown.map(({ type }) => type)).toEqual([
    'role.create',
    'role.create',
    'channel.create',
    'member.chunk',
    'member.chunk',
    'role.create',
  ]);
  expectNumbered(shown, mias);
  await expectHeard(here, here.general, [owners, bobs, mias], [stans]);
  await expectHeard(here, hidden, [owners], [bobs, mias, stans]);
});

test('who leaves or is removed hears that, and of the space nothing more', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob', 'cleo');
  const { owner, bob, cleo, space } = here;
  const [owners, bobs, cleos] = await listening([owner, bob, cleo], intents);
  await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
  await bobs.hearsExactly('member.leave', 'space.delete');
  await owners.hearsExactly('member.leave');
  await cleos.hearsExactly('member.leave');
  await owner.does('DELETE', `/spaces/${space.id}/members/${cleo.id}`);
  await cleos.hearsExactly('member.leave', 'space.delete');
  await owners.hearsExactly('member.leave');
  await expectHeard(here, here.general, [owners], [bobs, cleos]);
  await bob.joins(space);
  await bobs.unread();
  await owners.unread();
  await expectHeard(here, here.general, [owners, bobs], [cleos]);
});

test('a removed member hears the removal, and nothing else of that turn', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob');
  const { owner, bob, space, general } = here;
  // The removal takes away first what is allowed, and tells how the channel looks without it.
  await overwrite(here, general, { id: bob.id, type: 'member' }, { allow: ['send_tts'] });
  const [owners, bobs] = await listening([owner, bob], intents);
  await owner.does('DELETE', `/spaces/${space.id}/members/${bob.id}`);
  await owners.hearsExactly('channel.update', 'member.leave');
  await bobs.hearsExactly('member.leave', 'space.delete');
});

test('a session that loses a permission hears nothing for its holders in the rest of that turn', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob', 'cleo');
  const { owner, bob, cleo, space } = here;
  const loses = await empower(here, bob, 'view_audit_log');
  const keeps = await empower(here, cleo, 'view_audit_log');
  const [bobs, cleos] = await listening([bob, cleo], ['spaces', 'moderation']);
  await server.turn((turn: Turn) => {
    const tellRole = (changed: any) =>
      turn.tell(roleUpdated, { space_id: space.id }, { space_id: space.id, role: changed });
    updateRole(turn.tx, loses.id, { permissions: [] });
    tellRole({ ...loses, permissions: [] });
    const target = { type: 'role', id: loses.id } as const;
    record(turn, { actor: owner, space }, { action: 'role_update', target });
    // Access moves once more in the turn.
    tellRole(keeps);
  });
  await cleos.hearsExactly('role.update', 'audit_log.create', 'role.update');
  await bobs.hearsExactly('role.update', 'role.update');
});

test('a permission taken from a role takes the channels from those who had it by that', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob', 'mia');
  const { bob, mia } = here;
  const second = await here.owner.does('POST', `/spaces/${here.space.id}/channels`, { name: 'b' });
  await empower(here, mia, 'view_channel');
  const everyone = await everyoneOf(here);
  const [owners, bobs, mias] = await listening([here.owner, bob, mia], intents);
  const path = `/spaces/${here.space.id}/roles/${everyone.id}`;
  const less = everyone.permissions.filter((one: string) => one !== 'view_channel');
  await here.owner.does('PATCH', path, { permissions: less });
  await owners.hearsExactly('role.update');
  await mias.hearsExactly('role.update');
  const [, ...lost] = await bobs.hearsExactly('role.update', 'channel.delete', 'channel.delete');
  expectNumbered(lost, bobs);
  const gone = [here.general, second].map(({ id, space_id, type }) => ({ id, space_id, type }));
  expect(lost.map(({ data }) => data)).toEqual(gone);
  await expectHeard(here, here.general, [owners, mias], [bobs]);
  await here.owner.does('PATCH', path, { permissions: everyone.permissions });
  // What was said meanwhile is new.
  const [, ...gained] = await bobs.hearsExactly(
    'role.update',
    'channel.create',
    'channel.create',
    'read_state.update',
  );
  expectNumbered(gained, bobs);
  await owners.hearsExactly('role.update');
  await mias.hearsExactly('role.update');
  await expectHeard(here, second, [owners, mias, bobs], []);
});

test('a role that is given, taken and deleted opens and closes what it opens', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob', 'cleo');
  const { bob, cleo } = here;
  const hidden = await hiddenChannel(here);
  const key = await here.owner.does('POST', `/spaces/${here.space.id}/roles`, { name: 'key' });
  await overwrite(here, hidden, { id: key.id, type: 'role' }, { allow: ['view_channel'] });
  const [owners, bobs, cleos] = await listening([here.owner, bob, cleo], intents);
  const path = `/spaces/${here.space.id}/members/${bob.id}/roles/${key.id}`;
  await here.owner.does('PUT', path);
  const [, gained] = await bobs.hearsExactly('member.update', 'channel.create');
  expect(gained?.data).toMatchObject({ id: hidden.id, name: 'hidden' });
  await owners.hearsExactly('member.update');
  await cleos.hearsExactly('member.update');
  await expectHeard(here, hidden, [owners, bobs], [cleos]);
  await here.owner.does('DELETE', path);
  await bobs.hearsExactly('member.update', 'channel.delete');
  await owners.unread();
  await cleos.unread();
  await expectHeard(here, hidden, [owners], [bobs, cleos]);
  await here.owner.does('PUT', path);
  await bobs.hearsExactly('member.update', 'channel.create', 'read_state.update');
  await here.owner.does('DELETE', `/spaces/${here.space.id}/roles/${key.id}`);
  const types = (await bobs.unread()).map(({ type }) => type);
  expect(types.filter((type) => type !== 'member.update')).toEqual([
    'role.delete',
    'channel.delete',
  ]);
  await owners.unread();
  await cleos.unread();
  await expectHeard(here, hidden, [owners], [bobs, cleos]);
});

test('who gains a channel is shown it as it is then, also when somebody gained it before', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob', 'cleo');
  const { owner, bob, cleo, space } = here;
  const hidden = await hiddenChannel(here);
  const key = await owner.does('POST', `/spaces/${space.id}/roles`, { name: 'key' });
  await overwrite(here, hidden, { id: key.id, type: 'role' }, { allow: ['view_channel'] });
  const [bobs, cleos] = await listening([bob, cleo], intents);
  const gives = ({ id }: { id: string }) =>
    owner.does('PUT', `/spaces/${space.id}/members/${id}/roles/${key.id}`);
  await gives(bob);
  expect((await bobs.hears('channel.create')).data).toMatchObject({ name: 'hidden' });
  await owner.does('PATCH', `/channels/${hidden.id}`, { name: 'renamed' });
  const { id: last_message_id } = await owner.says(hidden, 'hello');
  await gives(cleo);
  const { data } = await cleos.hears('channel.create');
  expect(data).toMatchObject({ name: 'renamed', last_message_id });
});

test('an overwrite shows a channel to some, hides it from others, and tells the rest how it changed', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob', 'cleo');
  const { owner, bob, cleo, general } = here;
  const everyone = { id: (await everyoneOf(here)).id, type: 'role' as const };
  await overwrite(here, general, { id: cleo.id, type: 'member' }, { allow: ['view_channel'] });
  const [owners, bobs, cleos] = await listening([owner, bob, cleo], intents);
  await overwrite(here, general, everyone, { deny: ['view_channel'] });
  await owners.hearsExactly('channel.update');
  await cleos.hearsExactly('channel.update');
  const lost = await bobs.hearsExactly('channel.delete');
  expect(lost[0]?.data).toEqual({ id: general.id, space_id: here.space.id, type: 'text' });
  expectNumbered(lost, bobs);
  await expectHeard(here, general, [owners, cleos], [bobs]);
  await overwrite(here, general, { id: bob.id, type: 'member' }, { allow: ['view_channel'] });
  const gained = await bobs.hearsExactly('channel.create', 'read_state.update');
  expectNumbered(gained, bobs);
  await owners.hearsExactly('channel.update');
  await cleos.hearsExactly('channel.update');
  await owner.does('DELETE', `/channels/${general.id}/permissions/${everyone.id}`);
  for (const ears of [owners, bobs, cleos]) await ears.hearsExactly('channel.update');
  await expectHeard(here, general, [owners, bobs, cleos], []);
});

test('opening a channel to guests changes for members nothing but the channel itself', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob');
  const ears = await listening([here.owner, here.bob], intents);
  for (const allow_anonymous_read of [true, false]) {
    await here.owner.does('PATCH', `/channels/${here.general.id}`, { allow_anonymous_read });
    for (const one of ears) await one.hearsExactly('channel.update');
    await expectHeard(here, here.general, ears, []);
  }
});

test('a new owner sees every channel from then on, the old one what the own roles show', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob');
  const { bob } = here;
  const hidden = await hiddenChannel(here);
  const [owners, bobs] = await listening([here.owner, bob], intents);
  await server.turn((turn: Turn) => changeOwner(turn, here.space.id, bob.id));
  await bobs.hearsExactly('space.update', 'channel.create');
  await owners.hearsExactly('space.update', 'channel.delete');
  await expectHeard({ ...here, owner: bob }, hidden, [bobs], [owners]);
});

test('a deleted space is told to its members, and then silent', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob');
  const stan = await server.person('stan');
  const [owners, bobs, stans] = await listening([here.owner, here.bob, stan], intents);
  await here.owner.does('DELETE', `/spaces/${here.space.id}`);
  await owners.hearsExactly('space.delete');
  await bobs.hearsExactly('space.delete');
  await stans.hearsNothing();
  await here.owner.isRefused(404, 'POST', `/channels/${here.general.id}/messages`, {
    content: 'x',
  });
  await bobs.hearsNothing();
});

test('whoever loses all channels with a role does not hear of the one that the role hid', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob');
  const { owner, bob, space, general } = here;
  const everyone = await everyoneOf(here);
  const role = await empower(here, bob, 'view_channel');
  const secret = await owner.does('POST', `/spaces/${space.id}/channels`, { name: 'secret' });
  await overwrite(here, secret, { id: role.id, type: 'role' }, { deny: ['view_channel'] });
  await owner.does('PATCH', `/spaces/${space.id}/roles/${everyone.id}`, { permissions: [] });
  const [bobs] = await listening([bob], intents);
  // The overwrite goes with the role, so the channel comes into the class of those that bob loses.
  await owner.does('DELETE', `/spaces/${space.id}/roles/${role.id}`);
  const [, lost] = await bobs.hearsExactly('role.delete', 'channel.delete');
  expect(lost?.data['id']).toBe(general.id);
});
