import { expect, test } from 'bun:test';
import type { Ears } from '../support/ears.ts';
import { addChannels, addPeople } from '../support/masses.ts';
import { dropped } from '../support/resuming.ts';
import { startTest } from '../support/server.ts';
import { everyoneOf, hiddenChannel, listening, world, type World } from '../support/world.ts';

const intents = ['spaces', 'messages', 'members'];

function show({ owner }: World, channel: any, id: string): Promise<any> {
  const data = { type: 'member', allow: ['view_channel'], deny: [] };
  return owner.does('PUT', `/channels/${channel.id}/permissions/${id}`, data);
}

test('each session is shown what it asked for, and hears what it asked for', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob');
  const { bob } = here;
  const hidden = await hiddenChannel(here);
  const [full, messages, spaces] = [
    await bob.listens(intents),
    await bob.listens(['messages']),
    await bob.listens(['spaces']),
  ];
  await show(here, hidden, bob.id);
  await full.hearsExactly('channel.create');
  await messages.hearsNothing();
  await spaces.hearsExactly('channel.create');
  await here.owner.says(hidden, 'hello');
  await full.hearsExactly('message.create');
  await messages.hearsExactly('message.create');
  await spaces.hearsNothing();
});

test('a move in one space leaves the others as they are', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob');
  const { bob } = here;
  const other = await here.owner.founds('Other');
  await bob.joins(other.space);
  const [owners, bobs] = await listening([here.owner, bob], intents);
  await here.owner.does('DELETE', `/spaces/${here.space.id}/members/${bob.id}`);
  await bobs.hearsExactly('member.leave', 'space.delete');
  await owners.unread();
  await here.owner.says(other.general, 'still here');
  await here.owner.says(here.general, 'not here');
  await bobs.hearsExactly('message.create');
  await owners.hearsExactly('message.create', 'message.create');
});

test('two channels that change at once: the one is gained, the other only changed', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob');
  const { owner, bob, space, general } = here;
  const hidden = await hiddenChannel(here);
  const path = `/spaces/${space.id}/roles`;
  const role = await owner.does('POST', path, { name: 'gate', permissions: [] });
  // The role hides one channel from bob, and is mentioned in the other without hiding it.
  const put = (channel: any, data: object) =>
    owner.does('PUT', `/channels/${channel.id}/permissions/${role.id}`, {
      type: 'role',
      allow: [],
      deny: [],
      ...data,
    });
  await owner.does('DELETE', `/channels/${hidden.id}/permissions/${(await everyoneOf(here)).id}`);
  await put(hidden, { deny: ['view_channel'] });
  await put(general, { allow: ['view_channel'] });
  await owner.does('PUT', `/spaces/${space.id}/members/${bob.id}/roles/${role.id}`);
  const [bobs] = await listening([bob], intents);
  await owner.does('DELETE', `${path}/${role.id}`);
  const heard = await bobs.unread();
  const channels = heard.filter(({ type }) => type?.startsWith('channel.'));
  expect(channels.map(({ type, data }) => [type, data['id']])).toEqual([
    ['channel.update', general.id],
    ['channel.create', hidden.id],
  ]);
  expect(channels[0]?.data['permission_overwrites']).toEqual([]);
  await owner.says(hidden, 'hello');
  await owner.says(general, 'hello');
  await bobs.hearsExactly('message.create', 'message.create');
});

test('hundreds of channels gained at once arrive, whatever the reader makes of them', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob');
  const { bob } = here;
  const everyone = await everyoneOf(here);
  const path = `/spaces/${here.space.id}/roles/${everyone.id}`;
  const less = everyone.permissions.filter((one: string) => one !== 'view_channel');
  await here.owner.does('PATCH', path, { permissions: less });
  const ids = await addChannels(server, here.space, 450, 't'.repeat(500));
  const ears: Ears[] = [
    await bob.listens(intents),
    await bob.listens(intents, { properties: { os: 'web' } }),
  ];
  await here.owner.does('PATCH', path, { permissions: everyone.permissions });
  const created = (one: Ears) => one.frames.filter(({ type }) => type === 'channel.create');
  // Browsers are sent 45 KiB at a time; the answer to a heartbeat overtakes the rest.
  await ears[1]?.settled();
  expect(created(ears[1] as Ears).length).toBeLessThan(451);
  for (const one of ears) {
    while (created(one).length < 451) await one.hears('channel.create');
    const told = created(one).map(({ data }) => data['id']);
    expect(told).toEqual([here.general.id, ...ids]);
    expect(created(one).flatMap(({ seq }) => seq ?? [])).toEqual([one.seq]);
  }
  const stand = await dropped(ears[0] as Ears);
  await bob.resumes(stand.session_id, stand.seq);
});

test('what is taken away again before it was shown is not shown', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob');
  const { bob } = here;
  const everyone = await everyoneOf(here);
  const path = `/spaces/${here.space.id}/roles/${everyone.id}`;
  const less = everyone.permissions.filter((one: string) => one !== 'view_channel');
  await here.owner.does('PATCH', path, { permissions: less });
  await addChannels(server, here.space, 100, 't'.repeat(1_000));
  const ears = await bob.listens(intents, { properties: { os: 'web' } });
  await here.owner.does('PATCH', path, { permissions: everyone.permissions });
  await ears.hears('channel.create');
  await here.owner.does('PATCH', path, { permissions: less });
  await ears.hears('role.update');
  // Answered when everything that waited was sent.
  const other = ears.ready['spaces'].find(({ id }: any) => id !== here.space.id);
  ears.send(10, { space_id: other.id, query: 'nobody' });
  await ears.hears('member.chunk');
  const known = new Set<string>();
  for (const { type, data } of ears.frames) {
    if (type === 'channel.create') known.add(data['id']);
    if (type === 'channel.delete') known.delete(data['id']);
  }
  expect(known.size).toBe(0);
});

test('1,000 sessions go through a change of a role', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga');
  const people = await addPeople(server, here.space, 25);
  const everyone = await everyoneOf(here);
  const ears: Ears[] = [];
  for (const one of people) {
    ears.push(...(await Promise.all(Array.from({ length: 40 }, () => one.listens(intents)))));
  }
  for (const one of ears) await one.unread();
  const path = `/spaces/${here.space.id}/roles/${everyone.id}`;
  const less = everyone.permissions.filter((one: string) => one !== 'view_channel');
  await here.owner.does('PATCH', path, { permissions: less });
  await here.owner.says(here.general, 'nobody hears this');
  for (const one of ears) await one.hearsExactly('role.update', 'channel.delete');
  await here.owner.does('PATCH', path, { permissions: everyone.permissions });
  await here.owner.says(here.general, 'everybody hears this');
  const told = ['role.update', 'channel.create', 'message.create'];
  // How far each has read comes when it is their turn, and then the number that says so.
  for (const one of ears) await one.hears('user.update');
  for (const one of ears) {
    const types = one.frames.flatMap(({ type }) => type ?? []).slice(-5);
    expect(types.toSorted()).toEqual([...told, 'read_state.update', 'user.update'].toSorted());
  }
}, 60_000);
