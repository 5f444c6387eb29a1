// What is private stays so: whatever names a conversation is tried by everybody who has no business there.
import { expect, spyOn, test } from 'bun:test';
import { features } from '../../src/features.ts';
import { indexAll } from '../../src/features/talk/search/indexing.ts';
import { existing, type Endpoint } from '../../src/http/endpoint.ts';
import { Guest } from '../support/guest.ts';
import { byPath } from '../support/matrix.ts';
import type { Person } from '../support/person.ts';
import { anywhere, bodyOf, pathOf, place } from '../support/place.ts';
import { sampleOf } from '../support/sample.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { Traces } from '../support/traces.ts';

const endpoints = byPath(features.flatMap((feature) => feature.endpoints));
const commands = features.flatMap((feature) => feature.commands);

const named = ({ method, path }: Pick<Endpoint, 'method' | 'path'>) => `${method} ${path}`;

/** Anna and bob, members of a space of olga, talk in a group that cleo has left; fred is not in it either. */
async function conversation(server: TestServer & { admin: Person }) {
  const here = await place(server);
  const { anna: olga, ids } = here;
  const people: Person[] = [];
  for (const name of ['anna', 'bob', 'cleo', 'fred']) people.push(await server.person(name));
  const [anna, bob, cleo, fred] = people;
  if (!anna || !bob || !cleo || !fred) throw new Error('people are missing');
  const space = { id: ids['space_id'] ?? '' };
  await olga.does('PATCH', `/spaces/${space.id}`, { public: true, allow_guest_access: true });
  for (const person of people) await person.joins(space);
  const recipients = [bob.id, cleo.id];
  const group = await anna.does('POST', '/users/@me/channels', { recipients });
  const first = await anna.says(group, 'first');
  await bob.says(group, 'a reply', { thread_id: first.id });
  await bob.does('PUT', `/channels/${group.id}/messages/${first.id}/reactions/${ids['emoji']}/@me`);
  await bob.does('PUT', `/channels/${group.id}/pins/${first.id}`);
  await cleo.does('DELETE', `/channels/${group.id}`);
  const guest = await Guest.enter(server, space);
  const others = { stranger: fred, former: cleo, owner: olga, admin: server.admin, guest };
  const inside = { ...ids, channel_id: group.id, group_id: group.id, message_id: first.id };
  return { anna, bob, others, space, group, ids: { ...anywhere, ...inside, user_id: bob.id } };
}

/** Whatever names a channel in its path. */
const aboutChannels = (server: TestServer) =>
  existing(endpoints, server.app.config).filter(
    ({ path, at }) => path.includes(':channel_id') && at !== 'root',
  );

test('nobody else gets into a conversation: neither strangers nor admins, owners, guests, who has left', async () => {
  await using server = await startTest();
  const { anna, bob, others, ids } = await conversation(server);
  const ears = [await anna.listens(), await bob.listens()];
  // What the server notes by itself: where admins come from, and what can be searched.
  await others.admin.does('GET', '/users/@me');
  await indexAll(server.app);
  for (const one of ears) await one.unread();
  const traces = await Traces.of(server, ears);
  const wrong: string[] = [];
  for (const endpoint of aboutChannels(server)) {
    const path = pathOf(endpoint, ids);
    for (const [who, one] of Object.entries({ ...others, nobody: null })) {
      const reply = one
        ? await one.call(endpoint.method, path, bodyOf(endpoint))
        : await server.call(endpoint.method, path, bodyOf(endpoint));
      const statuses = one === null ? [401, 403] : [403];
      // Taking back a mute needs no view: there may be one from before.
      if (named(endpoint) === 'DELETE /channels/:channel_id/mute') statuses.push(200);
      const says = JSON.stringify(reply.body);
      if (!statuses.includes(reply.status)) wrong.push(`${who} ${named(endpoint)}: ${says}`);
      if (says.includes('first')) wrong.push(`${who} ${named(endpoint)} reads ${says}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(await traces.all()).toEqual([]);
});

/** What conversations do not have; its people are told so, whoever they are. */
const ofSpacesAlone = [
  'GET /channels/:channel_id/invites',
  'POST /channels/:channel_id/invites',
  'POST /channels/:channel_id/messages/bulk-delete',
  'GET /channels/:channel_id/permissions',
  'PUT /channels/:channel_id/permissions/:overwrite_id',
];

test('its people get in by the same paths, but where it is no channel of a space', async () => {
  await using server = await startTest();
  const { anna, ids } = await conversation(server);
  const refused: string[] = [];
  for (const endpoint of aboutChannels(server).filter(({ method }) => method !== 'DELETE')) {
    const reply = await anna.call(endpoint.method, pathOf(endpoint, ids), bodyOf(endpoint));
    if ([401, 403, 404].includes(reply.status)) refused.push(named(endpoint));
  }
  expect(refused).toEqual(ofSpacesAlone);
});

test('no list, search, log or export of a space, and nothing for admins, shows a conversation', async () => {
  await using server = await startTest();
  const { anna, others, group, ids } = await conversation(server);
  await anna.says(group, 'a word nobody else says: xylophone');
  const shown: string[] = [];
  const lists = existing(endpoints, server.app.config).filter(
    ({ method, path, at }) => method === 'GET' && !path.includes(':channel_id') && at !== 'root',
  );
  expect(lists.length).toBeGreaterThan(20);
  for (const endpoint of lists) {
    const path = pathOf(endpoint, ids).replace(/query=[^&]*/, 'query=xylophone');
    for (const [who, one] of Object.entries(others)) {
      const { status, body } = await one.call('GET', path);
      const text = JSON.stringify(body);
      if (!text.includes(group.id) && !text.includes('xylophone')) continue;
      shown.push(`${who} ${named(endpoint)}: ${status} ${text}`);
    }
  }
  expect(shown).toEqual([]);
});

test('no command of others runs in a conversation', async () => {
  await using server = await startTest();
  const { anna, bob, others, ids } = await conversation(server);
  const listening = [await anna.listens(), await bob.listens()];
  const outside = [];
  for (const one of Object.values(others)) outside.push(await one.listens());
  for (const ears of [...listening, ...outside]) await ears.unread();
  const traces = await Traces.of(server, listening);
  const about = commands.filter(({ access }) => access.needs.includes('channel_id'));
  expect(about.length).toBeGreaterThan(0);
  for (const command of about) {
    const run = spyOn(command, 'run');
    for (const ears of outside) {
      const { channel_id } = ids;
      ears.send(command.op, { ...Object(sampleOf(command.data)), space_id: null, channel_id });
      await ears.settled();
    }
    expect({ name: command.name, calls: run.mock.calls.length }).toMatchObject({ calls: 0 });
    run.mockRestore();
  }
  expect(await traces.all()).toEqual([]);
});
