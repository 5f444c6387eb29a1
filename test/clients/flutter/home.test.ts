// The rest of the Flutter client's home view: sealed texts and their keys, friends, what is unread.
import { expect, test } from 'bun:test';
import { Flutter } from '../../support/clients/flutter.ts';
import * as read from '../../support/clients/flutter-models.ts';
import type { Person } from '../../support/person.ts';
import { startTest, type TestServer } from '../../support/server.ts';

async function begin(server: TestServer) {
  await server.person('operator');
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  const clients: Flutter[] = [];
  const connects = async ({ token }: Person) => {
    const client = new Flutter(server).has(token);
    clients.push(client);
    await client.connects();
    return client;
  };
  const [annas, bobs] = [await connects(anna), await connects(bob)];
  const body = { recipients: [bob.id] };
  const dm = read.channel(await annas.rest.does('POST', '/users/@me/channels', { body }));
  return {
    ...{ anna, bob, annas, bobs, dm, connects },
    [Symbol.dispose]: () => clients.forEach((client) => client[Symbol.dispose]()),
  };
}

/** A text as the client seals it. */
function sealed(channel_id: string, author_id: string, bytes = 1_000): string {
  const payload = [1, channel_id, author_id, 'token', null, null, false, 'x'.repeat(bytes), []];
  return `daccord-e2ee:1:${JSON.stringify({ payload, signature: 'c2lnbmVk' })}`;
}

test('it registers keys at each connect, asks for those of both before it sends, and sends sealed texts', async () => {
  await using server = await startTest();
  using both = await begin(server);
  const { anna, bob, annas, bobs, dm, connects } = both;
  // The same keys again, from another run of the client.
  await connects(bob);
  const other = Buffer.alloc(32, 9).toString('base64');
  const keys = { exchange_key: other, signing_key: other };
  const refused = await bobs.rest.call('PUT', '/users/@me/encryption', { body: keys });
  expect(refused).toMatchObject({ ok: false, status: 409 });
  expect(bobs.rest.isSignedOut).toBe(false);
  const path = `/channels/${dm.id}`;
  const directory = await annas.rest.does('GET', `${path}/encryption`);
  expect(directory).toMatchObject({ channel_id: dm.id, self_user_id: anna.id });
  const key = Buffer.alloc(32).toString('base64');
  expect(directory.participants).toHaveLength(2);
  for (const one of directory.participants) {
    expect(one).toMatchObject({
      current: true,
      wire_user_id: expect.any(String),
      identity: { exchange_key: key, signing_key: key },
    });
  }
  for (const bytes of [10, 20_000]) {
    const body = { content: sealed(dm.id, anna.id, bytes) };
    await annas.rest.does('POST', `${path}/messages`, { body, once: true });
    const heard = await bobs.socket.hears(
      'message.create',
      ({ content }) => content === body.content,
    );
    expect(heard).toMatchObject({ mentions: [], embeds: [] });
    const edit = { content: sealed(dm.id, anna.id, bytes + 1) };
    await annas.rest.does('PATCH', `${path}/messages/${heard.id}`, { body: edit });
    await bobs.socket.hears('message.update', ({ content }) => content === edit.content);
  }
  // Another client's plain text is shown beside them.
  await anna.says(dm, 'plain');
  await bobs.socket.hears('message.create', ({ content }) => content === 'plain');
});

test('it reads the list of friends again after each event about them, which comes without an intent', async () => {
  await using server = await startTest();
  using both = await begin(server);
  const { anna, bob, annas, bobs } = both;
  const list = async ({ rest }: Flutter) =>
    (await rest.does('GET', '/users/@me/relationships')).map(({ id, type }: any) => [id, type]);
  const to = ({ id }: Person) => `/users/@me/relationships/${id}`;
  await annas.rest.does('PUT', to(bob), { body: { type: 1 } });
  await bobs.socket.hears('relationship.add');
  expect(await list(bobs)).toEqual([[anna.id, 3]]);
  await bobs.rest.does('PUT', to(anna), { body: { type: 1 } });
  await annas.socket.hears('relationship.update');
  expect(await list(annas)).toEqual([[bob.id, 1]]);
  await annas.rest.does('PUT', to(bob), { body: { type: 2 } });
  await bobs.socket.hears('relationship.remove');
  expect(await list(annas)).toEqual([[bob.id, 2]]);
  expect(await list(bobs)).toEqual([]);
});

test('what is read on one device is read on the other, and READY is what counts', async () => {
  await using server = await startTest();
  using both = await begin(server);
  const { anna, bob, bobs, dm, connects } = both;
  const sent = await anna.says(dm, 'hello');
  const late = await connects(bob);
  const unread = late.socket.ready.unread.map((one: any) => [one.channel_id, one.mention_count]);
  expect(unread).toEqual([[dm.id, 1]]);
  const body = { message_id: sent.id };
  expect((await bobs.rest.call('POST', `/channels/${dm.id}/ack`, { body })).ok).toBe(true);
  const told = await late.socket.hears(
    'read_state.update',
    ({ channel_id }) => channel_id === dm.id,
  );
  expect(told.last_read_message_id).toBe(sent.id);
  const after = await connects(bob);
  expect(after.socket.ready.unread).toEqual([]);
});
