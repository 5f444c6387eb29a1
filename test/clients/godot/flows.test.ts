import { expect, test } from 'bun:test';
import { Godot } from '../../support/clients/godot.ts';
import * as read from '../../support/clients/godot-models.ts';
import { claimsOf, FakeLiveKit } from '../../support/fake-livekit.ts';
import { dot } from '../../support/place.ts';
import { Ears } from '../../support/ears.ts';
import { dropped } from '../../support/resuming.ts';
import { startTest } from '../../support/server.ts';
import { voiceChannel, world } from '../../support/world.ts';

test('it registers, finds the space that everybody joins, and reads everything out of READY', async () => {
  await using server = await startTest();
  const anna = new Godot(server);
  expect(await anna.does('GET', '/settings')).toBeObject();
  const account = { username: 'anna', password: 'correct horse', display_name: 'anna' };
  const { token, user } = await anna.does('POST', '/auth/register', account);
  read.user(user);
  anna.token = token;
  const space = await anna.entersServer();
  expect(await anna.does('GET', `/spaces/${space.id}/plugins`)).toEqual([]);
  const ears = await anna.listens('dnd');
  const { ready } = ears;
  const here = (key: string) => ready[key].filter((one: any) => one.space_id === space.id);
  const known = new Set(ready['users'].map(({ id }: any) => id));
  for (const { user_id } of ready['members']) expect(known).toContain(user_id);
  expect(here('channels').length).toBeGreaterThan(0);
  expect(here('roles').filter(({ position }: any) => position === 0)).toHaveLength(1);
  // With a token that is not valid it asks for the password.
  const stranger = new Godot(server, '0'.repeat(64));
  expect(await stranger.call('GET', '/users/@me')).toMatchObject({ ok: false, status: 401 });
  const again = { username: 'anna', password: 'correct horse' };
  expect((await new Godot(server).does('POST', '/auth/login', again)).user.id).toBe(user.id);
});

test('it writes, answers, edits and deletes, and each event holds a whole message', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  const [anna, other] = [new Godot(server, owner.token), new Godot(server, bob.token)];
  const [annas, others] = [await anna.listens(), await other.listens()];
  const path = `/channels/${general.id}/messages`;
  await other.does('POST', `/channels/${general.id}/typing`, {});
  // A null would be shown as text.
  const typing = await annas.hears('typing.start');
  expect(typing.data).not.toHaveProperty('thread_id');
  const sent = read.message(await anna.does('POST', path, { content: 'hello' }));
  const heard = read.message((await others.hears('message.create')).data);
  expect(heard).toEqual(sent);
  const reply = read.message(await other.does('POST', path, { content: 'hi', reply_to: sent.id }));
  expect(reply.reply_to).toBe(sent.id);
  await anna.does('PATCH', `${path}/${sent.id}`, { content: 'hello there' });
  const edited = read.message((await others.hears('message.update')).data);
  expect(edited).toMatchObject({ content: 'hello there', edited_at: expect.any(String) });
  await other.does('DELETE', `${path}/${reply.id}`);
  expect((await annas.hears('message.delete')).data).toMatchObject({
    id: reply.id,
    channel_id: general.id,
  });
  await anna.does('POST', `/channels/${general.id}/ack`, { message_id: sent.id });
});

test('it compares reactions by their text: short names, what a keyboard writes, custom emojis', async () => {
  await using server = await startTest();
  const { owner, bob, space, general } = await world(server, 'olga', 'bob');
  const [anna, other] = [new Godot(server, owner.token), new Godot(server, bob.token)];
  const made = { name: 'party', image: dot };
  const { id: emoji_id } = await anna.does('POST', `/spaces/${space.id}/emojis`, made);
  const message = await owner.says(general, 'hello');
  const path = `/channels/${general.id}/messages/${message.id}`;
  const others = await other.listens();
  const keys = ['thumbs_up', 'heart', '👍', '❤️', `party:${emoji_id}`];
  for (const key of keys) {
    await anna.does('PUT', `${path}/reactions/${encodeURIComponent(key)}/@me`);
    expect((await others.hears('reaction.add')).data['emoji']).toBe(key);
  }
  const shown = read.message(await other.does('GET', path)).reactions;
  expect(shown.map(({ key }: any) => key)).toEqual(keys);
  // An update replaces what it shows, so the reactions are in it.
  await anna.does('PATCH', path, { content: 'hello there' });
  const updated = read.message((await others.hears('message.update')).data);
  expect(updated.reactions.map(({ key }: any) => key)).toEqual(keys);
  for (const key of keys) {
    await anna.does('DELETE', `${path}/reactions/${encodeURIComponent(key)}/@me`);
    expect((await others.hears('reaction.remove')).data['emoji']).toBe(key);
  }
});

test('it pages, searches, opens threads and forums, and sends files', async () => {
  await using server = await startTest();
  const { owner, space, general } = await world(server, 'olga');
  const anna = new Godot(server, owner.token);
  const path = `/channels/${general.id}/messages`;
  const messages = read.listOf(read.message);
  for (let n = 0; n < 55; n += 1) await owner.says(general, `line ${n}`);
  const first = messages(await anna.does('GET', path, undefined, { limit: 50 }));
  expect(first.map(({ content }) => content).slice(0, 2)).toEqual(['line 54', 'line 53']);
  const query = { before: first.at(-1).id, limit: 50 };
  const rest = messages(await anna.does('GET', path, undefined, query));
  expect(rest.map(({ content }) => content)).toEqual([4, 3, 2, 1, 0].map((n) => `line ${n}`));
  const search = (offset: number) =>
    anna.does('GET', `/spaces/${space.id}/messages/search`, undefined, {
      query: 'line',
      limit: 25,
      offset,
    });
  const found = [...messages(await search(0)), ...messages(await search(25))];
  expect(new Set(found.map(({ id }) => id)).size).toBe(50);
  const parent = first[0];
  for (const content of ['one', 'two'])
    await anna.does('POST', path, { content, thread_id: parent.id });
  const thread = messages(await anna.does('GET', path, undefined, { thread_id: parent.id }));
  expect(thread.map(({ content }) => content)).toEqual(['two', 'one']);
  const wish = { name: 'board', type: 'forum' };
  const forum = read.channel(await anna.does('POST', `/spaces/${space.id}/channels`, wish));
  const board = `/channels/${forum.id}/messages`;
  await anna.does('POST', board, { content: 'text', title: 'A post' });
  const posts = { top_level: true, limit: 50, sort: 'latest_activity' };
  expect(messages(await anna.does('GET', board, undefined, posts))).toMatchObject([
    { title: 'A post', reply_count: 0 },
  ]);
  const file = { filename: 'Grüße.txt', content_type: 'text/plain', bytes: 'hello' };
  const { ok, data } = await anna.upload(`${path}/upload`, { content: '' }, [file]);
  expect(ok).toBe(true);
  const [attachment] = read.message(data).attachments;
  // It draws nothing that has no absolute address.
  expect(attachment).toMatchObject({ filename: 'Grüße.txt', size: 5 });
  expect(attachment.url).toStartWith('http');
});

test('after a lost line it resumes, and asks for everything once more', async () => {
  await using server = await startTest();
  const { owner, bob, space, general } = await world(server, 'olga', 'bob');
  const anna = new Godot(server, owner.token);
  const { session_id, seq } = await dropped(await anna.listens());
  await bob.says(general, 'missed');
  const ears = await Ears.open(server.gateway);
  ears.send(3, { token: `Bearer ${anna.token}`, session_id, seq });
  read.message((await ears.hears('message.create')).data);
  await ears.hears('resumed');
  const of = `/spaces/${space.id}`;
  read.listOf(read.role)(await anna.does('GET', `${of}/roles`));
  read.listOf(read.member)(await anna.does('GET', `${of}/members`, undefined, { limit: 1000 }));
  read.listOf(read.channel)(await anna.does('GET', `${of}/channels`));
  read.user(await anna.does('GET', '/users/@me'));
  for (const list of ['channels', 'relationships', 'mutes', 'read-states']) {
    expect(await anna.does('GET', `/users/@me/${list}`)).toBeArray();
  }
  const query = { limit: 50 };
  const page = await anna.does('GET', `/channels/${general.id}/messages`, undefined, query);
  expect(read.listOf(read.message)(page)).toHaveLength(1);
});

test('it enters a voice channel over REST, and no token over the socket makes it enter twice', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob');
  const channel = await voiceChannel(home);
  const anna = new Godot(server, home.owner.token);
  const ears = await anna.listens();
  const others = await new Godot(server, home.bob.token).listens();
  const wish = { self_mute: false, self_deaf: false };
  const joined = await anna.does('POST', `/channels/${channel.id}/voice/join`, wish);
  expect(joined.livekit_url).toStartWith('ws');
  expect(claimsOf(joined.token).sub).toBe(home.owner.id);
  read.voiceState(joined.voice_state);
  for (const self_video of [true, false]) {
    const flags = { self_mute: false, self_deaf: false, self_video, self_stream: false };
    ears.send(9, { space_id: home.space.id, channel_id: channel.id, ...flags });
    await others.hears('voice.state_update', (data) => data['self_video'] === self_video);
  }
  const path = `/channels/${channel.id}`;
  const states = await anna.does('GET', `${path}/voice-status`);
  expect(read.listOf(read.voiceState)(states)).toHaveLength(1);
  expect(await anna.does('GET', `${path}/sessions/active`)).toBeArray();
  await anna.does('DELETE', `${path}/voice/leave`);
  const left = await others.hears('voice.state_update', (data) => data['channel_id'] === null);
  read.voiceState(left.data);
  await ears.settled();
  expect(ears.frames.filter(({ type }) => type === 'voice.server_update')).toEqual([]);
});
