// The rest of the Godot client's home view: friends, blocks, what is unread and muted.
import { expect, test } from 'bun:test';
import { Godot } from '../../support/clients/godot.ts';
import * as read from '../../support/clients/godot-models.ts';
import { startTest, type TestServer } from '../../support/server.ts';

const relationships = '/users/@me/relationships';

/** Two people with the client, and one more session of the second one. */
async function begin(server: TestServer) {
  await server.person('operator');
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  const [annas, bobs] = [new Godot(server, anna.token), new Godot(server, bob.token)];
  const ears = {
    annas: await annas.listens(),
    bobs: await bobs.listens(),
    other: await bobs.listens(),
  };
  for (const one of Object.values(ears)) await one.unread();
  const rows = async (client: Godot) => {
    const listed = read.listOf(read.relationship)(await client.does('GET', relationships));
    return listed.map(({ user, type }: any) => `${user.username} ${type}`);
  };
  return { anna, bob, annas, bobs, ears, rows };
}

test('it finds somebody by the exact name, asks, and both become friends', async () => {
  await using server = await startTest();
  const { anna, bob, annas, bobs, ears, rows } = await begin(server);
  const found = read.listOf(read.user)(await annas.does('GET', '/users/search?query=bob&limit=5'));
  const picked = found.find(({ username }: any) => username === 'bob');
  expect(picked.id).toBe(bob.id);
  await annas.does('PUT', `${relationships}/${bob.id}`, { type: 1 });
  const asked = read.relationship((await ears.bobs.hears('relationship.add')).data);
  expect(asked).toMatchObject({ id: anna.id, type: 3, user: { id: anna.id } });
  expect((await ears.annas.hears('relationship.add')).data).toMatchObject({ id: bob.id, type: 4 });
  expect([await rows(annas), await rows(bobs)]).toEqual([['bob 4'], ['anna 3']]);
  await bobs.does('PUT', `${relationships}/${anna.id}`, { type: 1 });
  const friend = read.relationship((await ears.annas.hears('relationship.update')).data);
  expect(friend).toMatchObject({ id: bob.id, type: 1, user: { status: 'online' } });
  await ears.bobs.hears('relationship.update');
  await ears.other.hears('relationship.update');
  const mutual = await annas.does('GET', `/users/${bob.id}/mutual-friends`);
  expect(read.listOf(read.user)(mutual)).toEqual([]);
  const { ready } = await annas.listens();
  expect(ready['relationships']).toMatchObject([{ id: bob.id, type: 1 }]);
  // Ended without a body.
  await bobs.does('DELETE', `${relationships}/${anna.id}`);
  expect((await ears.annas.hears('relationship.remove')).data).toEqual({ user_id: bob.id });
  expect([await rows(annas), await rows(bobs)]).toEqual([[], []]);
});

test('a block ends what the other may do in the conversation, until it is taken back', async () => {
  await using server = await startTest();
  const { anna, bob, annas, bobs, ears, rows } = await begin(server);
  const wish = { recipient_id: bob.id };
  const dm = read.channel(await annas.does('POST', '/users/@me/channels', wish));
  const path = `/channels/${dm.id}`;
  const sent = read.message(await annas.does('POST', `${path}/messages`, { content: 'hello' }));
  await ears.bobs.hears('message.create');
  await annas.does('PUT', `${relationships}/${bob.id}`, { type: 2 });
  expect(await rows(annas)).toEqual(['bob 2']);
  expect(await rows(bobs)).toEqual([]);
  const file = { filename: 'a.txt', content_type: 'text/plain', bytes: 'hello' };
  const open = { recipient_id: anna.id };
  for (const refused of [
    await bobs.call('POST', `${path}/messages`, { content: 'hi' }),
    await annas.call('POST', `${path}/messages`, { content: 'hi' }),
    await bobs.upload(`${path}/messages/upload`, { content: '' }, [file]),
    await bobs.call('POST', `${path}/typing`, {}),
    await bobs.call('PUT', `${path}/messages/${sent.id}/reactions/heart/@me`),
    await bobs.call('POST', '/users/@me/channels', open),
    await bobs.call('PUT', `${relationships}/${anna.id}`, { type: 1 }),
  ]) {
    expect(refused).toMatchObject({ ok: false, status: 403 });
  }
  // What was written stays to be read, and nobody is told of the block.
  const page = read.listOf(read.message)(await bobs.does('GET', `${path}/messages`));
  expect(page.map(({ id }: any) => id)).toEqual([sent.id]);
  const heard = (await ears.bobs.unread()).map(({ type }) => type);
  expect(heard.filter((type) => type?.startsWith('relationship.'))).toEqual([]);
  await annas.does('DELETE', `${relationships}/${bob.id}`);
  await bobs.does('POST', `${path}/messages`, { content: 'hi' });
  await ears.annas.hears('message.create', ({ content }) => content === 'hi');
});

test('what is unread and muted is the same in READY, in lists and over both sessions', async () => {
  await using server = await startTest();
  const { bob, annas, bobs, ears } = await begin(server);
  const wish = { recipient_id: bob.id };
  const dm = read.channel(await annas.does('POST', '/users/@me/channels', wish));
  const path = `/channels/${dm.id}`;
  await annas.does('POST', `${path}/messages`, { content: 'one' });
  const last = read.message(await annas.does('POST', `${path}/messages`, { content: 'two' }));
  const unread = async (client: Godot) => {
    const listed = await client.does('GET', '/users/@me/read-states');
    const { ready } = await client.listens();
    const pairs = (list: any) =>
      read
        .listOf(read.unread)(list)
        .map((one: any) => [one.channel_id, one.mention_count]);
    expect(pairs(ready['unread'])).toEqual(pairs(listed));
    return pairs(listed);
  };
  expect(await unread(bobs)).toEqual([[dm.id, 2]]);
  expect(await unread(annas)).toEqual([]);
  await bobs.does('POST', `${path}/ack`, { message_id: last.id });
  await ears.other.hears('read_state.update', ({ channel_id }) => channel_id === dm.id);
  expect(await unread(bobs)).toEqual([]);
  // Muted and heard all the same; neither request has a body.
  const muted = async () => {
    const listed = await bobs.does('GET', '/users/@me/mutes');
    const { ready } = await bobs.listens();
    const ids = (list: any) =>
      read
        .listOf(read.mute)(list)
        .map((one: any) => one.channel_id);
    expect(ids(ready['mutes'])).toEqual(ids(listed));
    return ids(listed);
  };
  await bobs.does('PUT', `${path}/mute`);
  const mute = await ears.other.hears('channel_mute.create');
  expect(mute.data['channel_id']).toBe(dm.id);
  expect(await muted()).toEqual([dm.id]);
  await annas.does('POST', `${path}/messages`, { content: 'three' });
  await ears.other.hears('message.create', ({ content }) => content === 'three');
  await bobs.does('DELETE', `${path}/mute`);
  await ears.other.hears('channel_mute.delete');
  expect(await muted()).toEqual([]);
});
