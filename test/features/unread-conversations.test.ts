// Unread conversations: every message of others counts there, for who takes part; blocks and mutes in them.
import { expect, test } from 'bun:test';
import { readyUnread } from '../../src/features/talk/read-states/ready.ts';
import type { Person } from '../support/person.ts';
import { startTest } from '../support/server.ts';
import { blocks, drops, strangers } from '../support/strangers.ts';
import { listening, quietly } from '../support/world.ts';

const unread = (person: Person) => person.does('GET', '/users/@me/read-states');
const group = (person: Person, ...others: Person[]) =>
  person.does('POST', '/users/@me/channels', { recipients: others.map(({ id }) => id) });
const acks = (person: Person, { channel_id, id }: { channel_id: string; id: string }) =>
  person.does('POST', `/channels/${channel_id}/ack`, { message_id: id });

test('a conversation is unread for its people, and all that others have written mentions them', async () => {
  await using server = await startTest();
  const [anna, bob, cleo, dora] = await strangers(server, 'anna', 'bob', 'cleo', 'dora');
  const talk = await group(anna, bob, dora);
  expect(await unread(bob)).toEqual([]);
  const first = await anna.says(talk, 'one');
  const { id: last_message_id } = await anna.says(talk, 'two');
  const entry = { channel_id: talk.id, last_message_id, mention_count: 2 };
  expect(await unread(bob)).toEqual([entry]);
  const [one, other] = [await bob.listens(quietly), await bob.listens(quietly)];
  expect(one.ready['unread']).toEqual([entry]);
  expect(await unread(anna)).toEqual([]);
  // Those who do not take part hear nothing of it, instance admins included.
  const [cleos] = await listening([cleo]);
  expect(await unread(cleo)).toEqual([]);
  expect(await unread(server.admin)).toEqual([]);

  await acks(bob, first);
  for (const ears of [one, other]) {
    const [heard] = await ears.hearsExactly('read_state.update');
    expect(heard?.data).toEqual({
      channel_id: talk.id,
      last_read_message_id: first.id,
      mention_count: 1,
      unread: true,
    });
  }
  expect(await unread(bob)).toEqual([
    { ...entry, last_read_message_id: first.id, mention_count: 1 },
  ]);
  await cleo.isRefused(403, 'POST', `/channels/${talk.id}/ack`, { message_id: first.id });
  await cleos.hearsNothing();
  // What one answers oneself is not unread, and takes nothing away.
  await bob.says(talk, 'three');
  expect(await unread(bob)).toMatchObject([{ mention_count: 1 }]);
  await anna.does('DELETE', `/channels/${talk.id}/messages/${last_message_id}`);
  expect(await unread(bob)).toEqual([]);

  await anna.does('PUT', `/channels/${talk.id}/mute`);
  await bob.does('PUT', `/channels/${talk.id}/mute`);
  await cleo.isRefused(403, 'PUT', `/channels/${talk.id}/mute`);
  await one.unread();
  await anna.says(talk, 'four');
  await one.hears('message.create');
  await anna.does('DELETE', `/channels/${talk.id}/recipients/${bob.id}`);
  expect(await unread(bob)).toEqual([]);
  expect(await bob.does('GET', '/users/@me/mutes')).toEqual([]);
  expect(await anna.does('GET', '/users/@me/mutes')).toMatchObject([{ channel_id: talk.id }]);
  expect((await anna.listens(quietly)).ready['mutes']).toEqual([{ channel_id: talk.id }]);
});

test('who came later reads nothing of what was said before', async () => {
  await using server = await startTest();
  const [anna, bob, cleo, dora] = await strangers(server, 'anna', 'bob', 'cleo', 'dora');
  const talk = await group(anna, cleo, dora);
  await anna.says(talk, 'before');
  await Bun.sleep(5);
  await anna.does('PUT', `/channels/${talk.id}/recipients/${bob.id}`);
  expect(await unread(bob)).toEqual([]);
  await anna.says(talk, 'after');
  expect(await unread(bob)).toMatchObject([{ mention_count: 1 }]);
});

test('a closed window is not unread until the next message opens it', async () => {
  await using server = await startTest();
  const [anna, bob] = await strangers(server, 'anna', 'bob');
  const talk = await anna.does('POST', '/users/@me/channels', { recipient_id: bob.id });
  await anna.says(talk, 'hello');
  await bob.does('DELETE', `/channels/${talk.id}`);
  const { ready } = await bob.listens(quietly);
  expect([ready['unread'], await unread(bob)]).toEqual([[], []]);
  await anna.says(talk, 'hello?');
  expect(await unread(bob)).toMatchObject([{ channel_id: talk.id }]);
});

test('what follows READY does not tell of a window that was closed meanwhile', async () => {
  await using server = await startTest();
  const [anna, bob] = await strangers(server, 'anna', 'bob');
  const talk = await anna.does('POST', '/users/@me/channels', { recipient_id: bob.id });
  await anna.says(talk, 'hello');
  const ears = await bob.listens(quietly);
  const listener = server.app.hub.listener(ears.ready['session_id']);
  if (listener === undefined) throw new Error('bob does not listen');
  const entries = [...readyUnread.entries(server.app, listener, [])];
  const again = () => entries.flatMap((one) => [...one.again()]);
  expect(again()).toHaveLength(1);
  await bob.does('DELETE', `/channels/${talk.id}`);
  expect(again()).toEqual([]);
});

test('a block leaves two people what they wrote, and nothing to add to it', async () => {
  await using server = await startTest();
  const [anna, bob, cleo] = await strangers(server, 'anna', 'bob', 'cleo');
  const talk = await anna.does('POST', '/users/@me/channels', { recipient_id: bob.id });
  const message = await anna.says(talk, 'hello');
  await bob.does('PUT', `/channels/${talk.id}/messages/${message.id}/reactions/%F0%9F%91%8D/@me`);
  await blocks(bob, anna);
  const [annas, bobs] = await listening([anna, bob]);
  const path = `/channels/${talk.id}`;
  const of = `${path}/messages/${message.id}`;
  for (const person of [anna, bob]) {
    expect(await person.does('GET', `${path}/messages`)).toHaveLength(1);
    await person.isRefused(403, 'POST', `${path}/messages`, { content: 'no' });
    const form = new FormData();
    form.set('payload_json', '{"content":"no"}');
    form.set('files[0]', new File(['no'], 'no.txt'));
    expect((await person.call('POST', `${path}/messages/upload`, form)).status).toBe(403);
    await person.isRefused(403, 'PUT', `${of}/reactions/%F0%9F%91%8E/@me`);
    await person.isRefused(403, 'POST', `${path}/typing`, {});
    await person.isRefused(403, 'PUT', `${path}/pins/${message.id}`);
    await acks(person, message);
  }
  await anna.isRefused(403, 'PATCH', of, { content: 'edited' });
  const opens = (person: Person, other: Person) =>
    person.isRefused(403, 'POST', '/users/@me/channels', { recipient_id: other.id });
  // Both are told the same: who blocked whom is not said.
  const [mine, theirs] = [await opens(anna, bob), await opens(bob, anna)];
  expect(mine.body).toEqual(theirs.body);
  await anna.isRefused(403, 'POST', '/users/@me/channels', { recipients: [bob.id, cleo.id] });
  const three = await cleo.does('POST', '/users/@me/channels', { recipients: [anna.id, bob.id] });
  await anna.says(three, 'a group is not silenced');
  expect((await annas.unread()).map(({ type }) => type)).not.toContain('typing.start');
  await bobs.unread();
  // Own things may still be taken away.
  await bob.does('DELETE', `${of}/reactions/%F0%9F%91%8D/@me`);
  await anna.does('DELETE', of);
  await drops(bob, anna);
  await anna.says(talk, 'again');
});

test('dm_policy decides who may open a conversation, or add one to a group', async () => {
  await using server = await startTest();
  const [anna, bob, cleo, dora] = await strangers(server, 'anna', 'bob', 'cleo', 'dora');
  const policy = (dm_policy: string) => bob.does('PATCH', '/users/@me', { dm_policy });
  const opens = (person: Person) =>
    person.call('POST', '/users/@me/channels', { recipient_id: bob.id });
  const groups = await group(anna, cleo, dora);
  await policy('spaces');
  expect((await opens(anna)).status).toBe(403);
  await anna.isRefused(403, 'PUT', `/channels/${groups.id}/recipients/${bob.id}`);
  await anna.isRefused(403, 'POST', '/users/@me/channels', { recipients: [bob.id, cleo.id] });
  const { space } = await anna.founds();
  await bob.joins(space);
  expect((await opens(anna)).status).toBe(200);
  await anna.does('PUT', `/channels/${groups.id}/recipients/${bob.id}`);
  await policy('friends');
  // What is open stays open.
  expect((await opens(anna)).status).toBe(200);
  expect((await opens(cleo)).status).toBe(403);
  expect((await opens(server.admin)).status).toBe(403);
  for (const [one, other] of [
    [cleo, bob],
    [bob, cleo],
  ] as const) {
    await one.does('PUT', `/users/@me/relationships/${other.id}`, { type: 1 });
  }
  expect((await opens(cleo)).status).toBe(200);
});
