// Direct messages and groups: opening, people who come and go, closed windows, and who hears of it.
import { describe, expect, test } from 'bun:test';
import type { Ears } from '../support/ears.ts';
import type { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { botOf, strangers } from '../support/strangers.ts';
import { FakeClock } from '../support/clock.ts';
import { listening } from '../support/world.ts';

/** People without a common space, by name; the first one administers the server. */
async function people<const N extends string>(server: TestServer, ...names: N[]) {
  const made = await strangers(server, 'operator', ...names);
  return Object.fromEntries(made.map((person) => [person.name, person])) as Record<N, Person>;
}

const opens = (person: Person, other: Person) =>
  person.does('POST', '/users/@me/channels', { recipient_id: other.id });
const gathers = (person: Person, ...others: Person[]) =>
  person.does('POST', '/users/@me/channels', { recipients: others.map(({ id }) => id) });
const idsOf = (channel: any): string[] => channel.recipients.map(({ id }: any) => id);
const lists = async (person: Person): Promise<string[]> =>
  (await person.does('GET', '/users/@me/channels')).map(({ id }: any) => id);
const typesOf = async (ears: Ears) => (await ears.unread()).map(({ type }) => type);

describe('a conversation of two', () => {
  test('is opened once, by whoever comes first, and shows everybody the other one', async () => {
    await using server = await startTest();
    const { anna, bob, cleo } = await people(server, 'anna', 'bob', 'cleo');
    const [annas, bobs, cleos] = await listening([anna, bob, cleo]);
    const channel = await opens(anna, bob);
    expect(channel).toMatchObject({ type: 'dm', space_id: null, name: '', owner_id: anna.id });
    expect(idsOf(channel)).toEqual([bob.id]);
    expect(channel.recipients[0]).not.toHaveProperty('is_admin');
    const [heard] = await bobs.hearsExactly('channel.create');
    expect(idsOf(heard?.data)).toEqual([anna.id]);
    const [own] = await annas.hearsExactly('channel.create');
    expect(own?.data).toEqual(channel);
    for (const again of [
      await opens(bob, anna),
      await gathers(bob, anna),
      await gathers(bob, anna, anna, bob),
      await bob.does('POST', '/users/@me/channels', {
        recipient_id: anna.id,
        recipients: [cleo.id],
      }),
    ]) {
      expect([again.id, idsOf(again)]).toEqual([channel.id, [anna.id]]);
    }
    expect(await typesOf(bobs)).toEqual([]);
    expect(await typesOf(cleos)).toEqual([]);
    expect(await lists(cleo)).toEqual([]);
    expect(await lists(anna)).toEqual([channel.id]);
    expect(await anna.does('GET', `/channels/${channel.id}`)).toEqual(channel);
  });

  test('is refused with nobody, with oneself, with strangers who do not exist', async () => {
    await using server = await startTest();
    const { anna } = await people(server, 'anna');
    const open = (status: number, body: unknown) =>
      anna.isRefused(status, 'POST', '/users/@me/channels', body);
    await open(400, {});
    await open(400, { recipients: [] });
    await open(400, { recipient_id: anna.id });
    await open(400, { recipients: [anna.id] });
    await open(404, { recipient_id: '1' });
    await open(422, { recipients: 'all' });
    expect(await lists(anna)).toEqual([]);
  });

  test('is closed for one alone, and opens again with the next message', async () => {
    await using server = await startTest();
    const { anna, bob } = await people(server, 'anna', 'bob');
    const channel = await opens(anna, bob);
    const [annas, other, bobs] = await listening([anna, anna, bob]);
    await anna.does('DELETE', `/channels/${channel.id}`);
    for (const ears of [annas, other]) {
      const [gone] = await ears.hearsExactly('channel.delete');
      expect(gone?.data).toEqual({ id: channel.id, space_id: null, type: 'dm' });
    }
    expect(await typesOf(bobs)).toEqual([]);
    expect(await lists(anna)).toEqual([]);
    expect(await lists(bob)).toEqual([channel.id]);
    const { ready } = await anna.listens();
    expect(ready['dm_channels']).toEqual([]);
    await anna.does('DELETE', `/channels/${channel.id}`);
    expect(await typesOf(annas)).toEqual([]);
    await bob.says(channel, 'are you there?');
    expect(await typesOf(annas)).toEqual(['channel.create', 'message.create', 'read_state.update']);
    expect(await typesOf(bobs)).toEqual(['message.create']);
    expect(await lists(anna)).toEqual([channel.id]);
    const page = await anna.does('GET', `/channels/${channel.id}/messages`);
    expect(page.map(({ content }: any) => content)).toEqual(['are you there?']);
  });

  test('opened again by the one who closed it is the same, and tells nobody else', async () => {
    await using server = await startTest();
    const { anna, bob } = await people(server, 'anna', 'bob');
    const channel = await opens(anna, bob);
    await anna.says(channel, 'hello');
    await anna.does('DELETE', `/channels/${channel.id}`);
    const [annas, bobs] = await listening([anna, bob]);
    expect((await opens(anna, bob)).id).toBe(channel.id);
    expect(await typesOf(annas)).toEqual(['channel.create']);
    expect(await typesOf(bobs)).toEqual([]);
  });

  test('two who open it at once have one', async () => {
    await using server = await startTest();
    const { anna, bob } = await people(server, 'anna', 'bob');
    const opened = await Promise.all(
      Array.from({ length: 8 }, (_, n) => (n % 2 === 0 ? opens(anna, bob) : opens(bob, anna))),
    );
    expect(new Set(opened.map(({ id }) => id)).size).toBe(1);
  });

  test('has no people to add, no owner, no other name', async () => {
    await using server = await startTest();
    const { anna, bob, cleo } = await people(server, 'anna', 'bob', 'cleo');
    const channel = await opens(anna, bob);
    const path = `/channels/${channel.id}`;
    await anna.isRefused(400, 'PATCH', path, { name: 'Ours' });
    await anna.isRefused(400, 'PUT', `${path}/recipients/${cleo.id}`);
    await anna.isRefused(400, 'DELETE', `${path}/recipients/${bob.id}`);
    await anna.isRefused(400, 'DELETE', `${path}/recipients/@me`);
  });
});

describe('a group', () => {
  test('is always a new one, with an owner, and everybody sees the others', async () => {
    await using server = await startTest();
    const { anna, bob, cleo } = await people(server, 'anna', 'bob', 'cleo');
    const [, bobs] = await listening([anna, bob]);
    const group = await gathers(anna, bob, cleo);
    expect(group).toMatchObject({ type: 'group_dm', space_id: null, owner_id: anna.id });
    expect(idsOf(group)).toEqual([bob.id, cleo.id]);
    const [heard] = await bobs.hearsExactly('channel.create');
    expect(idsOf(heard?.data)).toEqual([anna.id, cleo.id]);
    expect((await gathers(anna, bob, cleo)).id).not.toBe(group.id);
  });

  test('has at most ten people', async () => {
    await using server = await startTest();
    const { anna } = await people(server, 'anna');
    const others: Person[] = [];
    for (let n = 0; n < 10; n += 1) others.push(await server.person(`friend${n}`));
    await anna.isRefused(400, 'POST', '/users/@me/channels', {
      recipients: others.map(({ id }) => id),
    });
    const group = await gathers(anna, ...others.slice(0, 9));
    const path = `/channels/${group.id}/recipients`;
    await anna.isRefused(400, 'PUT', `${path}/${others[9]?.id}`);
    await anna.does('DELETE', `${path}/${others[0]?.id}`);
    await anna.does('PUT', `${path}/${others[9]?.id}`);
  });

  test('is named by its owner alone', async () => {
    await using server = await startTest();
    const { anna, bob, cleo } = await people(server, 'anna', 'bob', 'cleo');
    const group = await gathers(anna, bob, cleo);
    const [annas, bobs] = await listening([anna, bob]);
    const path = `/channels/${group.id}`;
    await bob.isRefused(403, 'PATCH', path, { name: 'Mine' });
    const named = await anna.does('PATCH', path, { name: 'Ours', topic: 'no topic here' });
    expect(named).toMatchObject({ name: 'Ours', topic: null });
    for (const ears of [annas, bobs]) {
      const [told] = await ears.hearsExactly('channel.update');
      expect(told?.data).toMatchObject({ id: group.id, name: 'Ours' });
    }
    await anna.does('PATCH', path, { name: 'Ours' });
    expect(await typesOf(bobs)).toEqual([]);
    await anna.isRefused(400, 'PATCH', path, { name: 'x'.repeat(101) });
  });

  test('people who are added hear channel.create, those who are taken out channel.delete', async () => {
    await using server = await startTest();
    const { anna, bob, cleo, dora } = await people(server, 'anna', 'bob', 'cleo', 'dora');
    const group = await gathers(anna, bob, cleo);
    const [annas, bobs, doras] = await listening([anna, bob, dora]);
    const path = `/channels/${group.id}/recipients`;
    await bob.isRefused(403, 'PUT', `${path}/${dora.id}`);
    const added = await anna.does('PUT', `${path}/${dora.id}`);
    expect(idsOf(added)).toEqual([bob.id, cleo.id, dora.id]);
    expect(await typesOf(doras)).toEqual(['channel.create']);
    const [told] = await bobs.hearsExactly('channel.update');
    expect(idsOf(told?.data)).toEqual([anna.id, cleo.id, dora.id]);
    await annas.unread();
    await anna.does('PUT', `${path}/${dora.id}`);
    expect(await typesOf(annas)).toEqual([]);
    await bob.isRefused(403, 'DELETE', `${path}/${dora.id}`);
    await anna.does('DELETE', `${path}/${dora.id}`);
    const [gone] = await doras.hearsExactly('channel.delete');
    expect(gone?.data).toEqual({ id: group.id, space_id: null, type: 'group_dm' });
    await anna.says(group, 'only us again');
    expect(await typesOf(doras)).toEqual([]);
    expect(await typesOf(bobs)).toEqual(['channel.update', 'message.create']);
    await dora.isRefused(403, 'GET', `/channels/${group.id}/messages`);
    await anna.isRefused(404, 'DELETE', `${path}/${dora.id}`);
    await anna.isRefused(404, 'PUT', `${path}/1`);
  });

  test('an owner who leaves hands it to whoever came first; the last one deletes it', async () => {
    await using server = await startTest();
    const { anna, bob, cleo } = await people(server, 'anna', 'bob', 'cleo');
    const group = await gathers(anna, cleo, bob);
    const [annas, bobs] = await listening([anna, bob]);
    const path = `/channels/${group.id}`;
    await anna.does('DELETE', path);
    expect(await typesOf(annas)).toEqual(['channel.delete']);
    const [told] = await bobs.hearsExactly('channel.update');
    const owner_id = told?.data['owner_id'];
    expect([bob.id, cleo.id]).toContain(owner_id);
    expect(idsOf(told?.data)).toEqual([cleo.id]);
    await anna.isRefused(403, 'GET', path);
    await cleo.does('DELETE', path);
    await bob.does('PUT', `${path}/recipients/${anna.id}`);
    await anna.does('DELETE', `${path}/recipients/${anna.id}`);
    // One person would be left: there is nobody to talk to.
    await bob.isRefused(404, 'GET', path);
    const last = await gathers(anna, bob, cleo);
    for (const person of [anna, bob, cleo]) await person.does('DELETE', `/channels/${last.id}`);
    await cleo.isRefused(404, 'GET', `/channels/${last.id}`);
  });
});

test('whatever a channel does works in a conversation', async () => {
  await using server = await startTest();
  const { anna, bob, cleo } = await people(server, 'anna', 'bob', 'cleo');
  const channel = await opens(anna, bob);
  const [annas, bobs, cleos] = await listening(
    [anna, bob, cleo],
    ['spaces', 'messages', 'message_reactions', 'message_typing'],
  );
  const path = `/channels/${channel.id}`;
  const first = await anna.says(channel, 'hello @bob');
  expect(first).toMatchObject({ space_id: null, mentions: [bob.id] });
  const answer = await bob.says(channel, 'hi', { reply_to: first.id });
  const inThread = await bob.says(channel, 'aside', { thread_id: first.id });
  await anna.does('PATCH', `${path}/messages/${first.id}`, { content: 'hello again' });
  await bob.isRefused(403, 'PATCH', `${path}/messages/${first.id}`, { content: 'not mine' });
  await bob.does('PUT', `${path}/messages/${first.id}/reactions/%F0%9F%91%8D/@me`);
  await bob.does('PUT', `${path}/pins/${first.id}`);
  expect((await anna.does('GET', `${path}/pins`)).map(({ id }: any) => id)).toEqual([first.id]);
  await anna.does('DELETE', `${path}/pins/${first.id}`);
  await bob.does('POST', `${path}/typing`, {});
  await bob.isRefused(403, 'DELETE', `${path}/messages/${first.id}`);
  await bob.does('DELETE', `${path}/messages/${answer.id}`);
  const found = await bob.does('GET', `${path}/messages/search?query=again`);
  expect(found.map(({ id }: any) => id)).toEqual([first.id]);
  const form = new FormData();
  form.set('payload_json', JSON.stringify({ content: 'a file' }));
  form.set('files[0]', new File(['text'], 'a.txt', { type: 'text/plain' }));
  const { data: sent } = await anna.call('POST', `${path}/messages/upload`, form);
  expect(sent.attachments).toHaveLength(1);
  const { pathname } = new URL(sent.attachments[0].url);
  expect((await server.call('GET', `/${pathname}`)).status).toBe(200);
  for (const ears of [annas, bobs]) {
    const types = await typesOf(ears);
    for (const type of [
      'message.create',
      'message.update',
      'message.delete',
      'reaction.add',
      'channel.pins_update',
      'typing.start',
    ]) {
      expect(types).toContain(type);
    }
  }
  expect(inThread.thread_id).toBe(first.id);
  expect(await typesOf(cleos)).toEqual([]);
});

test('READY and RESUME have conversations, each person alone with their own', async () => {
  await using server = await startTest();
  const { anna, bob, cleo } = await people(server, 'anna', 'bob', 'cleo');
  const channel = await opens(anna, bob);
  const bobs = await bob.listens();
  expect(bobs.ready['dm_channels'].map(idsOf)).toEqual([[anna.id]]);
  const cleos = await cleo.listens();
  expect(cleos.ready['dm_channels']).toEqual([]);
  const seq = { bob: bobs.seq, cleo: cleos.seq };
  bobs.drop();
  cleos.drop();
  const message = await anna.says(channel, 'while you were away');
  const group = await gathers(anna, bob, cleo);
  await anna.does('DELETE', `/channels/${group.id}/recipients/${cleo.id}`);
  await anna.says(group, 'without cleo');
  const { missed } = await bob.resumes(bobs.ready['session_id'], seq.bob);
  expect(missed.map(({ type }) => type)).toEqual([
    'message.create',
    'channel.create',
    'channel.update',
    'message.create',
  ]);
  expect(missed[0]?.data['id']).toBe(message.id);
  const { missed: cleosMissed } = await cleo.resumes(cleos.ready['session_id'], seq.cleo);
  expect(cleosMissed.map(({ type }) => type)).toEqual(['channel.create', 'channel.delete']);
});

test('so many conversations are begun in an hour by an account and its bots, added people too', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings: { RATE_LIMIT_PER_MINUTE: '0' } });
  const { anna, bob, cleo, emil } = await people(server, 'anna', 'bob', 'cleo', 'emil');
  const bot = await botOf(anna);
  for (let n = 0; n < 98; n += 1) {
    const { id } = await gathers(anna, bob, cleo);
    await anna.does('DELETE', `/channels/${id}`);
    await bob.does('DELETE', `/channels/${id}`);
    await cleo.does('DELETE', `/channels/${id}`);
  }
  const group = await gathers(bot, anna, bob);
  await bot.does('PUT', `/channels/${group.id}/recipients/${cleo.id}`);
  for (const one of [anna, bot]) {
    const refused = await one.isRefused(429, 'POST', '/users/@me/channels', {
      recipient_id: emil.id,
    });
    expect(refused.body.error.retry_after).toBeGreaterThan(60);
    // Clients would sleep it out.
    expect(refused.headers.get('retry-after')).toBeNull();
  }
  await bot.isRefused(429, 'PUT', `/channels/${group.id}/recipients/${emil.id}`);
  await opens(bob, anna);
  await opens(anna, bob);
  await clock.leap(3_600_000);
  await opens(anna, emil);
});

test('a group has no overwrites: naming some is refused, other fields of channels are passed over', async () => {
  await using server = await startTest();
  const { anna, bob, cleo } = await people(server, 'anna', 'bob', 'cleo');
  const { id } = await gathers(anna, bob, cleo);
  const hides = { id: bob.id, type: 'member', allow: [], deny: ['view_channel'] };
  // Nor is it handed over while it seems to be done.
  await anna.isRefused(400, 'PATCH', `/channels/${id}`, { name: 'Trio', owner_id: bob.id });
  for (const permission_overwrites of [[], [hides]]) {
    const body = { name: 'Trio', permission_overwrites };
    await anna.isRefused(400, 'PATCH', `/channels/${id}`, body);
  }
  expect(await anna.does('GET', `/channels/${id}`)).toMatchObject({ name: '' });
  const patched = await anna.does('PATCH', `/channels/${id}`, {
    name: 'Trio',
    topic: 'x',
    archived: true,
  });
  expect(patched).toMatchObject({ name: 'Trio', topic: null, archived: false });
});
