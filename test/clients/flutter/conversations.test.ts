// The Flutter client in conversations: it opens them by a list of one, and asks for no intent of their own.
import { expect, test } from 'bun:test';
import { Flutter } from '../../support/clients/flutter.ts';
import * as read from '../../support/clients/flutter-models.ts';
import type { Person } from '../../support/person.ts';
import { startTest, type TestServer } from '../../support/server.ts';

const conversations = '/users/@me/channels';

/** Three people with the client, connected, without a space of their own. */
async function begin(server: TestServer) {
  await server.person('operator');
  const people: Person[] = [];
  for (const name of ['anna', 'bob', 'cleo']) people.push(await server.person(name));
  const clients: Flutter[] = [];
  for (const { token } of people) {
    const client = new Flutter(server).has(token);
    await client.connects();
    clients.push(client);
  }
  const [anna, bob, cleo] = people as [Person, Person, Person];
  const [annas, bobs, cleos] = clients as [Flutter, Flutter, Flutter];
  const list = async (client: Flutter) =>
    (await client.rest.gets(read.channels, conversations)).map(({ id }: any) => id);
  return {
    ...{ anna, bob, cleo, annas, bobs, cleos, list },
    [Symbol.dispose]: () => clients.forEach((client) => client[Symbol.dispose]()),
  };
}

const opens = async (client: Flutter, ...others: Person[]) => {
  const body = { recipients: others.map(({ id }) => id) };
  return read.channel(await client.rest.does('POST', conversations, { body }));
};

test('it opens a conversation with a list of one, which is the same from both sides', async () => {
  await using server = await startTest();
  using all = await begin(server);
  const { anna, bob, annas, bobs, cleos, list } = all;
  const dm = await opens(annas, bob);
  expect(dm).toMatchObject({ type: 'dm', space_id: null });
  const heard = await bobs.socket.hears('channel.create', ({ id }) => id === dm.id);
  expect(read.users(heard.recipients).map(({ id }: any) => id)).toEqual([anna.id]);
  expect((await opens(bobs, anna)).id).toBe(dm.id);
  expect(await list(annas)).toEqual([dm.id]);
  expect(await list(bobs)).toEqual([dm.id]);
  expect(await list(cleos)).toEqual([]);
  // READY names conversations, so that the client marks them.
  using again = new Flutter(server).has(bob.token);
  await again.connects();
  expect(again.socket.ready.dm_channels.map(({ id }: any) => id)).toEqual([dm.id]);
});

test('plain text of others, files, answers and reactions arrive without an intent for conversations', async () => {
  await using server = await startTest();
  using all = await begin(server);
  const { anna, bob, cleo, annas, bobs, cleos } = all;
  const dm = await opens(annas, bob);
  const path = `/channels/${dm.id}/messages`;
  await bobs.socket.hears('channel.create');
  await bobs.rest.does('POST', `/channels/${dm.id}/typing`, { body: {} });
  await annas.socket.hears('typing.start', ({ channel_id }) => channel_id === dm.id);
  // As another client says it.
  const plain = await anna.says(dm, 'hello');
  const heard = await bobs.socket.hears('message.create', ({ id }) => id === plain.id);
  expect(heard).toMatchObject({ content: 'hello', space_id: null, author_id: anna.id });
  const body = { content: 'hi', reply_to: plain.id };
  const answer = read.message(await bobs.rest.does('POST', path, { body, once: true }));
  await annas.socket.hears('message.create', ({ reply_to }) => reply_to === plain.id);
  const reaction = `${path}/${answer.id}/reactions/${encodeURIComponent('👍')}/@me`;
  await annas.rest.does('PUT', reaction);
  await bobs.socket.hears('reaction.add', ({ message_id }) => message_id === answer.id);
  const [newest] = await bobs.rest.gets(read.messages, path, { limit: 50 });
  expect(newest.reactions).toEqual([{ emoji: { id: null, name: '👍' }, count: 1, me: false }]);
  await annas.rest.does('DELETE', reaction);
  await bobs.socket.hears('reaction.remove', ({ message_id }) => message_id === answer.id);
  await annas.rest.does('PATCH', `${path}/${plain.id}`, { body: { content: 'hello you' } });
  await bobs.socket.hears('message.update', ({ content }) => content === 'hello you');
  const files = [
    { filename: 'attachment-0.bin', content_type: 'application/octet-stream', bytes: 'sealed' },
  ];
  const { ok, data } = await annas.rest.upload(`${path}/upload`, {}, files);
  expect(ok).toBe(true);
  const sent = await bobs.socket.hears('message.create', ({ id }) => id === data.id);
  // It fetches files without a token and follows no redirect.
  const { pathname } = new URL(sent.attachments[0].url, server.origin);
  const file = await fetch(`${server.origin}${pathname}`, { redirect: 'error' });
  expect([file.status, await file.text()]).toEqual([200, 'sealed']);
  await bobs.rest.does('POST', `/channels/${dm.id}/ack`, { body: { message_id: data.id } });
  await bobs.rest.does('DELETE', `${path}/${answer.id}`);
  await annas.socket.hears('message.delete', ({ id }) => id === answer.id);
  // Cleo hears of her own, and of nothing before it.
  const own = await opens(annas, cleo);
  await cleos.socket.hears('channel.create', ({ id }) => id === own.id);
  const told = cleos.socket.events.map(({ data: said }) => said.channel_id ?? said.id);
  expect(told).not.toContain(dm.id);
});

test('it gathers a group, from which one is taken out and another leaves', async () => {
  await using server = await startTest();
  using all = await begin(server);
  const { bob, cleo, annas, bobs, cleos, list } = all;
  const group = await opens(annas, bob, cleo);
  expect(group.type).toBe('group_dm');
  expect((await opens(annas, bob, cleo)).id).not.toBe(group.id);
  const path = `/channels/${group.id}`;
  await annas.rest.does('PATCH', path, { body: { name: 'Ours' } });
  await cleos.socket.hears('channel.update', ({ id, name }) => id === group.id && name === 'Ours');
  await annas.rest.does('DELETE', `${path}/recipients/${cleo.id}`);
  const gone = await cleos.socket.hears('channel.delete', ({ id }) => id === group.id);
  expect(gone).toMatchObject({ space_id: null, type: 'group_dm' });
  expect(await list(cleos)).not.toContain(group.id);
  await annas.rest.does('PUT', `${path}/recipients/${cleo.id}`);
  await cleos.socket.hears('channel.create', ({ id, name }) => id === group.id && name === 'Ours');
  await bobs.rest.does('DELETE', path);
  await bobs.socket.hears('channel.delete', ({ id }) => id === group.id);
  await cleos.socket.hears(
    'channel.update',
    ({ id, recipients }) => id === group.id && recipients.every((one: any) => one.id !== bob.id),
  );
  expect(await list(bobs)).not.toContain(group.id);
  // Refusals keep the account on the device, whatever they are.
  expect((await bobs.rest.call('GET', `${path}/messages`)).status).toBe(403);
  expect(bobs.rest.isSignedOut).toBe(false);
});

test('it closes a window, and the next message brings it back', async () => {
  await using server = await startTest();
  using all = await begin(server);
  const { bob, annas, bobs, list } = all;
  const dm = await opens(annas, bob);
  await annas.rest.does('DELETE', `/channels/${dm.id}`);
  await annas.socket.hears('channel.delete', ({ id, type }) => id === dm.id && type === 'dm');
  expect(await list(annas)).toEqual([]);
  const body = { content: 'one more thing' };
  await bobs.rest.does('POST', `/channels/${dm.id}/messages`, { body, once: true });
  await annas.socket.hears('message.create', ({ content }) => content === body.content);
  const types = annas.socket.events.map(({ type }) => type);
  expect(types.lastIndexOf('channel.create')).toBeLessThan(types.lastIndexOf('message.create'));
  expect(types.lastIndexOf('channel.create')).toBeGreaterThan(types.lastIndexOf('channel.delete'));
  expect(await list(annas)).toEqual([dm.id]);
});
