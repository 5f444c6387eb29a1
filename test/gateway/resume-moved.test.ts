import { expect, test } from 'bun:test';
import { endMembership } from '../../src/features/spaces/members/actions.ts';
import type { Turn } from '../../src/app.ts';
import { dropped, refusal, standOf } from '../support/resuming.ts';
import { startTest } from '../support/server.ts';
import { deny, empower, hiddenChannel, quietly, world } from '../support/world.ts';

test('whoever joined, left, or was given a role while away has to begin anew', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob', 'cleo', 'dora');
  const { owner, bob, cleo, dora, space } = here;
  const elsewhere = await owner.founds('Elsewhere');
  const stands = [];
  for (const person of [bob, cleo, dora]) {
    stands.push(await dropped(await person.listens(quietly)));
  }
  await bob.joins(elsewhere.space);
  await owner.does('DELETE', `/spaces/${space.id}/members/${cleo.id}`);
  await empower(here, dora, 'ban_members');
  for (const [index, person] of [bob, cleo, dora].entries()) {
    const stand = stands[index];
    if (stand === undefined) throw new Error('three stands were expected');
    expect(await refusal(person, stand)).toBe(4009);
    // It is over: not even the right number brings it back.
    expect(await refusal(person, { ...stand, seq: server.app.seq() })).toBe(4009);
  }
});

test('whoever lost or gained a channel while away has to begin anew', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob', 'cleo');
  const { bob, cleo } = here;
  const bobs = await dropped(await bob.listens(quietly));
  await deny(here, here.general, 'view_channel');
  expect(await refusal(bob, bobs)).toBe(4009);
  const cleos = await dropped(await cleo.listens(quietly));
  const overwrite = `/channels/${here.general.id}/permissions/${cleo.id}`;
  await here.owner.does('PUT', overwrite, { type: 'member', allow: ['view_channel'], deny: [] });
  expect(await refusal(cleo, cleos)).toBe(4009);
});

test('a channel that is made, changed and deleted where one hears it is replayed, its messages are not', async () => {
  await using server = await startTest();
  const { owner, bob, space } = await world(server, 'olga', 'bob');
  const stand = await dropped(await bob.listens(quietly));
  const channel = await owner.does('POST', `/spaces/${space.id}/channels`, { name: 'new' });
  await owner.says(channel, 'first');
  await owner.does('PATCH', `/channels/${channel.id}`, {
    name: 'newer',
    allow_anonymous_read: true,
  });
  await owner.says(channel, 'second');
  await owner.does('DELETE', `/channels/${channel.id}`);
  const { missed } = await bob.resumes(stand.session_id, stand.seq);
  expect(missed.map(({ type }) => type)).toEqual([
    'channel.create',
    'channel.update',
    'channel.delete',
  ]);
});

test('a hidden channel that is made and deleted while one is away stays hidden', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob');
  const hidden = await hiddenChannel(here);
  const stand = await dropped(await here.bob.listens(quietly));
  await here.owner.says(hidden, 'a secret');
  await here.owner.does('DELETE', `/channels/${hidden.id}`);
  const { missed } = await here.bob.resumes(stand.session_id, stand.seq);
  expect(missed).toEqual([]);
});

test('what changes nothing of what is heard does not end a session: names, topics, nicknames', async () => {
  await using server = await startTest();
  const { owner, bob, space, general } = await world(server, 'olga', 'bob');
  const stand = await dropped(await bob.listens());
  const roles = await owner.does('GET', `/spaces/${space.id}/roles`);
  await owner.does('PATCH', `/spaces/${space.id}/roles/${roles[1].id}`, { name: 'Renamed' });
  await owner.does('PATCH', `/channels/${general.id}`, { topic: 'new' });
  await owner.does('PATCH', `/spaces/${space.id}/members/${bob.id}`, { nickname: 'Bobby' });
  await owner.does('PATCH', `/spaces/${space.id}`, { name: 'Renamed' });
  const { missed } = await bob.resumes(stand.session_id, stand.seq);
  expect(missed.map(({ type }) => type)).toEqual([
    'role.update',
    'channel.update',
    'member.update',
    'space.update',
  ]);
});

test('whoever was shown what changed can drop right after it and come back', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob');
  const { bob } = here;
  const hidden = await hiddenChannel(here);
  const bobs = await bob.listens(quietly);
  const { session_id } = bobs.ready;
  const overwrite = `/channels/${hidden.id}/permissions/${bob.id}`;
  await here.owner.does('PUT', overwrite, { type: 'member', allow: ['view_channel'], deny: [] });
  await bobs.hears('channel.create');
  const gained = await bob.resumes(session_id, (await dropped(bobs)).seq);
  await here.owner.does('DELETE', overwrite);
  await gained.ears.hears('channel.delete');
  const lost = await bob.resumes(session_id, (await dropped(gained.ears)).seq);
  const elsewhere = await here.owner.founds('Elsewhere');
  await bob.joins(elsewhere.space);
  await lost.ears.hears('space.create');
  await lost.ears.unread();
  const joined = await bob.resumes(session_id, (await dropped(lost.ears)).seq);
  await bob.does('DELETE', `/spaces/${elsewhere.space.id}/members/@me`);
  await joined.ears.hears('space.delete');
  await bob.resumes(session_id, (await dropped(joined.ears)).seq);
});

test('whoever is shown nothing, but heard of it, can come back as well', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob');
  const bobs = await here.bob.listens([...quietly, 'members']);
  await empower(here, here.bob, 'ban_members');
  await bobs.hears('member.update');
  const stand = await dropped(bobs);
  await here.bob.resumes(stand.session_id, stand.seq);
});

test('a session that drops in the very moment in which its access moves has to begin anew', async () => {
  await using server = await startTest();
  const { bob, space } = await world(server, 'olga', 'bob');
  const bobs = await bob.listens(quietly);
  const stand = standOf(bobs);
  // The kick waits for its turn already; the drop is known, but not yet written, when that comes.
  const kicked = server.turn((turn: Turn) => endMembership(turn, space.id, bob.id));
  server.app.hub.listener(stand.session_id)?.socket.terminate();
  await kicked;
  await server.turn(() => null);
  expect(await refusal(bob, stand)).toBe(4009);
});
