import { expect, test } from 'bun:test';
import { FakeClock } from '../support/clock.ts';
import { countRows } from '../support/crowd.ts';
import { startTest } from '../support/server.ts';
import { deny, empower, listening, world } from '../support/world.ts';

test('the author edits, nobody else does; the edit is told as the whole message', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  const sent = await bob.says(general, 'before', { title: 'Title' });
  const path = `/channels/${general.id}/messages/${sent.id}`;
  const [annas, cleos] = [await anna.listens(), await cleo.listens()];
  for (const ears of [annas, cleos]) await ears.unread();
  await clock.pass(5_000);
  for (const person of [anna, cleo, server.admin]) {
    await person.isRefused(403, 'PATCH', path, { content: 'rewritten' });
  }
  const edited = await bob.does('PATCH', path, { content: 'after' });
  const edited_at = new Date(clock.now()).toISOString();
  expect(edited).toEqual({ ...sent, content: 'after', edited_at });
  const [told] = await annas.hearsExactly('message.update');
  expect(told?.data).toEqual(edited);
  expect(await anna.does('GET', path)).toEqual(edited);
  expect((await bob.does('PATCH', path, { title: null })).title).toBeNull();
  const embeds = [{ title: 'x' }];
  expect((await bob.does('PATCH', path, { embeds })).embeds).toMatchObject(embeds);
  await annas.unread();
  // Nothing to change: nothing is told, and the time of the last edit stays.
  for (const nothing of [{}, { nonsense: 1 }, { content: null }]) {
    expect((await bob.does('PATCH', path, nothing)).edited_at).toBe(edited_at);
  }
  await annas.hearsNothing();
  await cleos.hearsNothing();
});

test('an edit has the bounds of a message, and leaves something of it', async () => {
  await using server = await startTest();
  const { bob, general } = await world(server, 'anna', 'bob');
  const sent = await bob.says(general, 'text');
  const path = `/channels/${general.id}/messages/${sent.id}`;
  for (const patch of [
    { content: '' },
    { content: '  ' },
    { content: 'x'.repeat(4001) },
    { title: '' },
    { title: 'x'.repeat(101) },
    { embeds: Array.from({ length: 11 }, () => ({ title: 'x' })) },
    { content: '', embeds: [] },
  ]) {
    await bob.isRefused(400, 'PATCH', path, patch);
  }
  for (const patch of [{ content: 5 }, { title: 5 }, { embeds: 'x' }]) {
    await bob.isRefused(422, 'PATCH', path, patch);
  }
  await bob.does('PATCH', path, { content: '', embeds: [{ title: 'x' }] });
  await bob.isRefused(400, 'PATCH', path, { embeds: [] });
});

test('a message is edited and deleted only in its own channel', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const other = await anna.does('POST', `/spaces/${space.id}/channels`, { name: 'other' });
  const sent = await bob.says(general, 'text');
  for (const [channel, id] of [
    [other, sent.id],
    [general, '1'],
  ] as const) {
    const path = `/channels/${channel.id}/messages/${id}`;
    await bob.isRefused(404, 'GET', path);
    await bob.isRefused(404, 'PATCH', path, { content: 'x' });
    await bob.isRefused(404, 'DELETE', path);
    await anna.isRefused(404, 'DELETE', path);
  }
});

test('the author and who manages messages delete; it is told once, and gone everywhere', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space, general } = home;
  const cleo = await server.person('cleo');
  await cleo.joins(space);
  const path = (message: { id: string }) => `/channels/${general.id}/messages/${message.id}`;
  const [one, two, three_, four] = [
    await bob.says(general, 'one'),
    await bob.says(general, 'two'),
    await bob.says(general, 'three'),
    await bob.says(general, 'four'),
  ];
  const stranger = await server.person('stranger');
  const [annas, strangers] = [await anna.listens(), await stranger.listens()];
  for (const ears of [annas, strangers]) await ears.unread();
  await cleo.isRefused(403, 'DELETE', path(one));
  await stranger.isRefused(403, 'DELETE', path(one));
  expect(await bob.does('DELETE', path(one))).toBeNull();
  const [told] = await annas.hearsExactly('message.delete');
  expect(told?.data).toEqual({ id: one.id, channel_id: general.id, space_id: space.id });
  await bob.isRefused(404, 'DELETE', path(one));
  await anna.isRefused(404, 'GET', path(one));
  await annas.hearsNothing();
  await empower(home, cleo, 'manage_messages');
  await cleo.does('DELETE', path(two));
  await anna.does('DELETE', path(three_));
  await server.admin.does('DELETE', path(four));
  expect(await anna.does('GET', `/channels/${general.id}/messages`)).toEqual([]);
  await strangers.hearsNothing();
});

test('who sees the channel no more deletes nothing there, their own messages neither', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { bob, space, general } = home;
  const sent = await bob.says(general, 'mine');
  const path = `/channels/${general.id}/messages/${sent.id}`;
  await deny(home, general, 'view_channel');
  await bob.isRefused(403, 'DELETE', path);
  await bob.isRefused(403, 'PATCH', path, { content: 'x' });
  await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
  await bob.isRefused(403, 'DELETE', path);
});

test('who may not view a channel learns nothing of its messages, whatever is asked of them', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space, general } = home;
  const cleo = await server.person('cleo');
  const hidden = await anna.does('POST', `/spaces/${space.id}/channels`, { name: 'hidden' });
  const [here, there] = [await anna.says(general, 'here'), await bob.says(hidden, 'there')];
  await deny(home, hidden, 'view_channel');
  const at = `/channels/${hidden.id}`;
  const asks = (id: string): (readonly [string, string, object?])[] => [
    ['GET', `${at}/messages/${id}`],
    ['PATCH', `${at}/messages/${id}`, { content: 'x' }],
    ['DELETE', `${at}/messages/${id}`],
    ['GET', `${at}/messages/${id}/threads`],
    ['GET', `${at}/messages?thread_id=${id}`],
    ['POST', `${at}/messages`, { content: 'x', thread_id: id }],
    ['POST', `${at}/messages`, { content: 'x', reply_to: id }],
    ['POST', `${at}/messages/bulk-delete`, { messages: [id] }],
    ['POST', `${at}/typing`, { thread_id: id }],
    ['PUT', `${at}/pins/${id}`],
    ['DELETE', `${at}/pins/${id}`],
    ['GET', `${at}/pins?after=${id}`],
    ['PUT', `${at}/messages/${id}/reactions/x/@me`],
    ['DELETE', `${at}/messages/${id}/reactions/x/@me`],
    ['DELETE', `${at}/messages/${id}/reactions/x/${bob.id}`],
    ['GET', `${at}/messages/${id}/reactions/x`],
    ['DELETE', `${at}/messages/${id}/reactions/x`],
    ['DELETE', `${at}/messages/${id}/reactions`],
  ];
  // Bob is a member and wrote one of them; cleo is a stranger.
  for (const person of [bob, cleo]) {
    const answers = [];
    for (const id of [there.id, here.id, '1']) {
      const said = [];
      for (const ask of asks(id)) said.push((await person.isRefused(403, ...ask)).body);
      answers.push(said);
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    await person.isRefused(404, 'DELETE', `/channels/1/messages/${there.id}`);
  }
  await cleo.isRefused(403, 'DELETE', `/channels/${general.id}/messages/${here.id}`);
});

test('who may not write any more edits nothing there, but may delete what they wrote', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { bob, general } = home;
  const first = await bob.says(general, 'first', { title: 'Title' });
  const answer = await bob.says(general, 'answer', { thread_id: first.id });
  const path = ({ id }: { id: string }) => `/channels/${general.id}/messages/${id}`;
  const patches = [{ content: 'x' }, { title: 'x' }, { embeds: [{ title: 'x' }] }, {}];
  await deny(home, general, 'send_in_threads');
  for (const patch of patches) await bob.isRefused(403, 'PATCH', path(answer), patch);
  await bob.does('PATCH', path(first), { content: 'still' });
  await deny(home, general, 'send_messages');
  for (const patch of patches) await bob.isRefused(403, 'PATCH', path(first), patch);
  for (const message of [answer, first]) await bob.does('DELETE', path(message));
});

test('nothing changes what an archived channel shows, but for what is taken out', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, general } = home;
  const [one, two] = [await bob.says(general, 'one'), await bob.says(general, 'two')];
  const at = `/channels/${general.id}`;
  await anna.does('PUT', `${at}/pins/${two.id}`);
  await anna.does('PATCH', at, { archived: true });
  const [annas] = await listening([anna]);
  for (const patch of [{ content: 'x' }, { title: 'x' }, { embeds: [{ title: 'x' }] }]) {
    await bob.isRefused(403, 'PATCH', `${at}/messages/${one.id}`, patch);
  }
  await bob.isRefused(403, 'POST', `${at}/typing`, {});
  for (const person of [anna, server.admin]) {
    await person.isRefused(403, 'PUT', `${at}/pins/${one.id}`);
    // A pin that is there already stays without a complaint.
    await person.does('PUT', `${at}/pins/${two.id}`);
  }
  await annas.hearsNothing();
  await anna.does('DELETE', `${at}/pins/${two.id}`);
  await bob.does('DELETE', `${at}/messages/${one.id}`);
  await anna.does('PATCH', at, { archived: false });
  await bob.does('PATCH', `${at}/messages/${two.id}`, { content: 'again' });
});

test('who manages threads deletes replies and posts of forums, no other messages', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space, general } = home;
  const cleo = await server.person('cleo');
  await cleo.joins(space);
  await empower(home, cleo, 'manage_threads');
  const forum = await anna.does('POST', `/spaces/${space.id}/channels`, {
    name: 'forum',
    type: 'forum',
  });
  const plain = await bob.says(general, 'plain');
  const reply = await bob.says(general, 'reply', { thread_id: plain.id });
  const post = await bob.says(forum, 'post', { title: 'Post' });
  await cleo.isRefused(403, 'DELETE', `/channels/${general.id}/messages/${plain.id}`);
  await cleo.does('DELETE', `/channels/${general.id}/messages/${reply.id}`);
  await cleo.does('DELETE', `/channels/${forum.id}/messages/${post.id}`);
});

test('a deleted text is gone from the disk, from the log and from whoever resumes', async () => {
  await using server = await startTest();
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  const annas = await anna.listens();
  const { session_id } = annas.ready;
  annas.drop();
  await annas.closes();
  const sent = await bob.says(general, 'secret words');
  const path = `/channels/${general.id}/messages/${sent.id}`;
  await bob.does('PATCH', path, { content: 'other secret words' });
  await bob.does('DELETE', path);
  expect(countRows(server, 'events', "bytes LIKE '%secret words%'")).toBe(0);
  expect(countRows(server, 'messages', "content LIKE '%secret%'")).toBe(0);
  expect(countRows(server, 'event_scopes', 'seq NOT IN (SELECT seq FROM events)')).toBe(0);
  const { missed } = await anna.resumes(session_id, annas.seq);
  expect(missed.map(({ type }) => type)).toEqual(['message.delete']);
});

test('the newest message of a channel is the newest that is left', async () => {
  await using server = await startTest();
  const { bob, general } = await world(server, 'anna', 'bob');
  const [one, two] = [await bob.says(general, 'one'), await bob.says(general, 'two')];
  const newest = async () => (await bob.does('GET', `/channels/${general.id}`)).last_message_id;
  expect(await newest()).toBe(two.id);
  await bob.does('DELETE', `/channels/${general.id}/messages/${two.id}`);
  expect(await newest()).toBe(one.id);
  await bob.does('DELETE', `/channels/${general.id}/messages/${one.id}`);
  expect(await newest()).toBeNull();
});

test('an answer stands in its channel; when what it answers is gone it answers nothing, and that is told', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const other = await anna.does('POST', `/spaces/${space.id}/channels`, { name: 'other' });
  const foreign = await anna.says(other, 'elsewhere');
  await bob.isRefused(400, 'POST', `/channels/${general.id}/messages`, {
    content: 'x',
    reply_to: foreign.id,
  });
  const question = await anna.says(general, 'question');
  const [first, second] = [
    await bob.says(general, 'one', { reply_to: question.id }),
    await bob.says(general, 'two', { reply_to: question.id }),
  ];
  expect(first.reply_to).toBe(question.id);
  const bobs = await bob.listens();
  await anna.does('DELETE', `/channels/${general.id}/messages/${question.id}`);
  const [, ...told] = await bobs.hearsExactly('message.delete', 'message.update', 'message.update');
  expect(told.map(({ data }) => [data['id'], data['reply_to'], data['edited_at']])).toEqual([
    [first.id, null, null],
    [second.id, null, null],
  ]);
  const read = await bob.does('GET', `/channels/${general.id}/messages/${first.id}`);
  expect(read.reply_to).toBeNull();
  await bob.isRefused(400, 'POST', `/channels/${general.id}/messages`, {
    content: 'x',
    reply_to: question.id,
  });
});
