import { expect, spyOn, test } from 'bun:test';
import { FakeClock } from '../support/clock.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { until } from '../support/stored.ts';
import { dropped } from '../support/resuming.ts';
import {
  deny,
  empower,
  everyoneOf,
  hiddenChannel,
  listening,
  quietly,
  world,
} from '../support/world.ts';

const path = (message: any, emoji: string, who = '@me') =>
  `/channels/${message.channel_id}/messages/${message.id}/reactions/${encodeURIComponent(emoji)}/${who}`;
const ofEmoji = (message: any, emoji: string) =>
  `/channels/${message.channel_id}/messages/${message.id}/reactions/${encodeURIComponent(emoji)}`;
const ofMessage = (message: any) => `/channels/${message.channel_id}/messages/${message.id}`;

test('a reaction is heard by who views the channel, once, and only when it changes something', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { bob } = home;
  const outsider = await server.person('cleo');
  const message = await home.owner.says(home.general, 'hello');
  const [olgas, bobs, cleos] = await listening([home.owner, bob, outsider]);
  await bob.does('PUT', path(message, 'thumbs_up'));
  const data = {
    channel_id: home.general.id,
    message_id: message.id,
    user_id: bob.id,
    emoji: 'thumbs_up',
  };
  const [heard] = await olgas.hearsExactly('reaction.add');
  expect(heard?.data).toEqual(data);
  await bobs.hearsExactly('reaction.add');
  await bob.does('PUT', path(message, 'thumbs_up'));
  await olgas.hearsNothing();
  await bob.does('DELETE', path(message, 'thumbs_up'));
  const [gone] = await olgas.hearsExactly('reaction.remove');
  expect(gone?.data).toEqual(data);
  await bob.does('DELETE', path(message, 'thumbs_up'));
  await olgas.hearsNothing();
  await bobs.hearsExactly('reaction.remove');
  await cleos.hearsNothing();
});

test('reactions in a channel that somebody may not view are not heard by them', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { bob } = home;
  const hidden = await hiddenChannel(home);
  const message = await home.owner.says(hidden, 'psst');
  const [olgas, bobs] = await listening([home.owner, bob]);
  await home.owner.does('PUT', path(message, 'x'));
  await home.owner.does('DELETE', ofEmoji(message, 'x'));
  await olgas.hearsExactly('reaction.add', 'reaction.clear_emoji');
  await bobs.hearsNothing();
  for (const [method, at] of [
    ['PUT', path(message, 'x')],
    ['DELETE', path(message, 'x')],
    ['GET', ofEmoji(message, 'x')],
  ] as const) {
    await bob.isRefused(403, method, at);
  }
});

test('one emoji of Unicode or a short name is taken as it stands in the path, decoded once', async () => {
  await using server = await startTest();
  const { owner, general } = await world(server, 'olga');
  const [ears] = await listening([owner]);
  const emojis = [
    '👍🏽',
    'heart',
    '+1',
    '-1',
    'a_b',
    '14159265358979',
    'x'.repeat(64),
    '❤',
    '🏳️‍🌈',
    '🫩',
  ];
  for (const emoji of emojis) {
    const message = await owner.says(general, 'hello');
    await ears.hears('message.create');
    await owner.does('PUT', path(message, emoji));
    expect((await ears.hears('reaction.add')).data['emoji']).toBe(emoji);
    const read = await owner.does('GET', ofMessage(message));
    expect(read.reactions).toEqual([{ emoji: { id: null, name: emoji }, count: 1, me: true }]);
    await owner.does('DELETE', path(message, emoji));
    expect((await owner.does('GET', ofMessage(message))).reactions).toBeNull();
  }
});

test('a reaction carries no text: anything but one emoji is refused', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { owner, bob, general } = home;
  const message = await owner.says(general, 'hello');
  const texts = [
    ...['hello world', 'evil.example', 'Ok!', ' ', 'a/b', '100%', '%41', 'é', '?#', 'x'.repeat(65)],
    ...['👍👍', '👍x', '👍 ', '👨‍', '🇦', '🇽🇽', '1️', '❤︎', '❤️️', '️', '👍🏽🏽', '123456789012345'],
    ...['blob:', ':blob:', 'blob:123', '<:blob:123>', 'a:blob:123', 'blob:x', 'blob:1:2'],
  ];
  for (const text of texts) {
    const { code } = await owner.isRefused(400, 'PUT', path(message, text));
    expect({ text, code }).toEqual({ text, code: 'invalid_request' });
  }
  expect((await owner.does('GET', ofMessage(message))).reactions).toBeNull();
  // The permission is asked first.
  await deny(home, general, 'add_reactions');
  await bob.isRefused(403, 'PUT', path(message, 'hello world'));
});

test('an emoji with and without its selector is one, shown and told as it came first', async () => {
  await using server = await startTest();
  const { owner, bob, cleo, general } = await world(server, 'olga', 'bob', 'cleo');
  const spellings = [
    ['❤', '❤️'],
    ['❤️', '❤'],
    ['🏳️‍🌈', '🏳‍🌈'],
    ['1️⃣', '1⃣'],
    ['👁‍🗨', '👁️‍🗨️'],
    ['⛹🏽‍♂️', '⛹🏽‍♂'],
    ['👍', '👍️'],
  ] as const;
  for (const [first, second] of spellings) {
    const message = await owner.says(general, 'hello');
    await owner.does('PUT', path(message, first));
    const [ears] = await listening([cleo], quietly);
    await bob.does('PUT', path(message, second));
    expect((await ears.hears('reaction.add')).data['emoji']).toBe(first);
    // Whoever has reacted has, whatever the keyboard writes now.
    await owner.does('PUT', path(message, second));
    await ears.hearsNothing();
    const read = async () => (await owner.does('GET', ofMessage(message))).reactions;
    const one = { emoji: { id: null, name: first }, count: 2, me: true };
    expect(await read()).toEqual([one]);
    for (const emoji of [first, second]) {
      expect(await owner.does('GET', ofEmoji(message, emoji))).toHaveLength(2);
    }
    await owner.does('DELETE', path(message, second));
    expect((await ears.hears('reaction.remove')).data['emoji']).toBe(first);
    await owner.does('DELETE', path(message, second, bob.id));
    expect((await ears.hears('reaction.remove')).data['emoji']).toBe(first);
    expect(await read()).toBeNull();
    await bob.does('PUT', path(message, second));
    await owner.does('DELETE', ofEmoji(message, first));
    const cleared = await ears.hears('reaction.clear_emoji');
    expect(cleared.data['emoji']).toBe(second);
  }
});

test('what stands on a message from before is listed and taken away, whatever it says', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  const message = await owner.says(general, 'hello');
  const texts = ['join us now', '<:fans:102>', 'x'.repeat(128)];
  await server.turn(({ tx }) => {
    for (const text of texts) {
      tx.sqlite
        .query('INSERT INTO reactions (message_id, emoji, user_id) VALUES (?, ?, ?)')
        .run(message.id, text, bob.id);
    }
  });
  for (const text of texts) {
    await owner.isRefused(400, 'PUT', path(message, text));
    expect(await owner.does('GET', ofEmoji(message, text))).toEqual([bob.id]);
  }
  await bob.does('DELETE', path(message, 'join us now'));
  await owner.does('DELETE', path(message, '<:fans:102>', bob.id));
  await owner.does('DELETE', ofEmoji(message, 'x'.repeat(128)));
  expect((await owner.does('GET', ofMessage(message))).reactions).toBeNull();
});

test('an archived channel takes no reactions; they can be taken away there', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  const message = await owner.says(general, 'hello');
  await bob.does('PUT', path(message, '👍'));
  await owner.does('PATCH', `/channels/${general.id}`, { archived: true });
  await owner.isRefused(403, 'PUT', path(message, '👍'));
  await bob.isRefused(403, 'PUT', path(message, '👎'));
  expect(await bob.does('GET', ofEmoji(message, '👍'))).toEqual([bob.id]);
  await bob.does('DELETE', path(message, '👍'));
  expect((await owner.does('GET', ofMessage(message))).reactions).toBeNull();
});

test('what cannot be an emoji is refused', async () => {
  await using server = await startTest();
  const { owner, general } = await world(server, 'olga');
  const message = await owner.says(general, 'hello');
  const base = `${ofMessage(message)}/reactions`;
  for (const segment of ['%FF', '%E2%82', '%00', '%0A', 'x'.repeat(129)]) {
    for (const method of ['PUT', 'DELETE'] as const) {
      await owner.isRefused(400, method, `${base}/${segment}/@me`);
    }
    await owner.isRefused(400, 'GET', `${base}/${segment}`);
    await owner.isRefused(400, 'DELETE', `${base}/${segment}`);
  }
});

test('a message belongs to its channel', async () => {
  await using server = await startTest();
  const { owner, general, space } = await world(server, 'olga');
  const other = await owner.does('POST', `/spaces/${space.id}/channels`, { name: 'other' });
  const message = await owner.says(general, 'hello');
  await owner.does('PUT', path(message, 'x'));
  for (const elsewhere of [
    { ...message, channel_id: other.id },
    { ...message, id: '1' },
  ]) {
    await owner.isRefused(404, 'PUT', path(elsewhere, 'x'));
    await owner.isRefused(404, 'DELETE', path(elsewhere, 'x'));
    await owner.isRefused(404, 'DELETE', path(elsewhere, 'x', owner.id));
    await owner.isRefused(404, 'GET', ofEmoji(elsewhere, 'x'));
    await owner.isRefused(404, 'DELETE', ofEmoji(elsewhere, 'x'));
    await owner.isRefused(404, 'DELETE', `${ofMessage(elsewhere)}/reactions`);
  }
  expect((await owner.does('GET', ofMessage(message))).reactions).toHaveLength(1);
});

test('a message takes 50 different emojis, and any number of people for each', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  const message = await owner.says(general, 'hello');
  for (let n = 0; n < 50; n += 1) await owner.does('PUT', path(message, `emoji_${n}`));
  await owner.isRefused(400, 'PUT', path(message, 'one_more'));
  await bob.does('PUT', path(message, 'emoji_7'));
  await bob.isRefused(400, 'PUT', path(message, 'another'));
  const { reactions } = await owner.does('GET', ofMessage(message));
  expect(reactions).toHaveLength(50);
  expect(reactions[7]).toEqual({ emoji: { id: null, name: 'emoji_7' }, count: 2, me: true });
  expect(reactions.map((one: any) => one.emoji.name)).toEqual(
    Array.from({ length: 50 }, (_, n) => `emoji_${n}`),
  );
});

test('the longest message with the longest reactions still fits into a frame', async () => {
  await using server = await startTest();
  const { owner, general } = await world(server, 'olga');
  const field = { name: 'n'.repeat(256), value: '\u0001'.repeat(500) };
  const message = await owner.says(general, '\u0001'.repeat(4000), {
    embeds: [{ fields: Array.from({ length: 6 }, () => field) }],
  });
  let put = 0;
  for (let n = 0; n < 50; n += 1) {
    const emoji = `${n}_`.padEnd(64, '+');
    await owner.does('PUT', path(message, emoji));
    put += 1;
  }
  const edited = await owner.does('PATCH', ofMessage(message), { title: 'new' });
  expect(edited.reactions).toHaveLength(put);
});

test('counts and one’s own mark stand in every page, for each reader their own', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  const first = await owner.says(general, 'one');
  const second = await owner.says(general, 'two');
  await owner.does('PUT', path(first, 'a'));
  await bob.does('PUT', path(first, 'a'));
  await bob.does('PUT', path(first, 'b'));
  const entry = (name: string, count: number, me: boolean) => ({
    emoji: { id: null, name },
    count,
    me,
  });
  const page = await owner.does('GET', `/channels/${general.id}/messages`);
  expect(page.map((one: any) => one.reactions)).toEqual([
    null,
    [entry('a', 2, true), entry('b', 1, false)],
  ]);
  const theirs = await bob.does('GET', ofMessage(first));
  expect(theirs.reactions).toEqual([entry('a', 2, true), entry('b', 1, true)]);
  const anonymous = await server.call('GET', ofMessage(first));
  expect(anonymous.data.reactions).toEqual([entry('a', 2, false), entry('b', 1, false)]);
  expect(second.reactions).toBeNull();
});

test('an edit is told without marks, and again with them to who is there and has reacted', async () => {
  await using server = await startTest();
  const { owner, bob, cleo, general } = await world(server, 'olga', 'bob', 'cleo');
  const message = await owner.says(general, 'one');
  await bob.does('PUT', path(message, 'a'));
  await owner.does('PUT', path(message, 'b'));
  const [olgas, bobs, cleos] = await listening([owner, bob, cleo]);
  const edited = await owner.does('PATCH', ofMessage(message), { content: 'two' });
  const marks = (frame: any) => frame.data.reactions.map((one: any) => one.me);
  expect(edited.reactions.map((one: any) => one.me)).toEqual([false, true]);
  const [plain, marked] = await bobs.hearsExactly('message.update', 'message.update');
  expect(marks(plain)).toEqual([false, false]);
  expect(marks(marked)).toEqual([true, false]);
  expect(marked?.data).toEqual({ ...plain?.data, reactions: marked?.data['reactions'] });
  expect(marked?.seq).toBeUndefined();
  const [, own] = await olgas.hearsExactly('message.update', 'message.update');
  expect(marks(own)).toEqual([false, true]);
  await cleos.hearsExactly('message.update');
});

test('who reacted and may no longer view the channel hears nothing of the message', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { bob } = home;
  const message = await home.owner.says(home.general, 'one');
  await bob.does('PUT', path(message, 'a'));
  await deny(home, home.general, 'view_channel');
  const [bobs] = await listening([bob]);
  await home.owner.does('PATCH', ofMessage(message), { content: 'two' });
  await bobs.hearsNothing();
});

test('the list of who reacted: ids, accounts when asked for, in pages', async () => {
  await using server = await startTest();
  const { owner, bob, cleo, general } = await world(server, 'olga', 'bob', 'cleo');
  const message = await owner.says(general, 'hello');
  const all = [owner, bob, cleo];
  for (const person of all) await person.does('PUT', path(message, 'x'));
  const ids = all.map(({ id }) => id).toSorted();
  const at = ofEmoji(message, 'x');
  const whole = await owner.call('GET', at);
  expect(whole.body).toEqual({ data: ids });
  const first = await owner.call('GET', `${at}?limit=2`);
  expect(first.body).toEqual({ data: ids.slice(0, 2), cursor: { after: ids[1], has_more: true } });
  const rest = await owner.call('GET', `${at}?limit=2&after=${ids[1]}`);
  expect(rest.body).toEqual({ data: ids.slice(2) });
  const page = async (query: string) => (await owner.call('GET', `${at}${query}`)).body;
  expect(await page(`?before=${ids[2]}`)).toEqual({ data: ids.slice(0, 2) });
  expect(await page(`?before=${ids[2]}&limit=1`)).toEqual({ data: [ids[1]] });
  expect(await page(`?before=${ids[2]}&after=${ids[0]}`)).toEqual({ data: [ids[1]] });
  expect(await page(`?before=${ids[2]}&after=0&limit=1`)).toEqual({
    data: [ids[0]],
    cursor: { after: ids[0], has_more: true },
  });
  expect(await page(`?before=${ids[0]}`)).toEqual({ data: [] });
  const people = await owner.does('GET', `${at}?with_user=true&limit=1`);
  expect(people[0]).toMatchObject({ id: ids[0], username: expect.any(String) });
  expect(people[0]).not.toHaveProperty('is_admin');
  expect(await owner.does('GET', ofEmoji(message, 'nobody_used_this'))).toEqual([]);
  await owner.isRefused(400, 'GET', `${at}?limit=many`);
  for (const side of ['after', 'before']) {
    await owner.isRefused(400, 'GET', `${at}?${side}=somebody`);
  }
});

test('reactions of others are taken away by who manages messages alone', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { owner, bob, cleo, general } = home;
  const message = await owner.says(general, 'hello');
  for (const emoji of ['a', 'b']) {
    await owner.does('PUT', path(message, emoji));
    await bob.does('PUT', path(message, emoji));
  }
  await cleo.isRefused(403, 'DELETE', path(message, 'a', bob.id));
  await cleo.isRefused(403, 'DELETE', ofEmoji(message, 'a'));
  await cleo.isRefused(403, 'DELETE', `${ofMessage(message)}/reactions`);
  await empower(home, cleo, 'manage_messages');
  const [ears] = await listening([owner]);
  await cleo.does('DELETE', path(message, 'a', bob.id));
  await cleo.does('DELETE', path(message, 'a', bob.id));
  const [removed] = await ears.hearsExactly('reaction.remove');
  expect(removed?.data['user_id']).toBe(bob.id);
  await cleo.does('DELETE', ofEmoji(message, 'b'));
  await cleo.does('DELETE', ofEmoji(message, 'b'));
  const [cleared] = await ears.hearsExactly('reaction.clear_emoji');
  const ids = { channel_id: general.id, message_id: message.id };
  expect(cleared?.data).toEqual({ ...ids, emoji: 'b' });
  await cleo.does('DELETE', `${ofMessage(message)}/reactions`);
  await cleo.does('DELETE', `${ofMessage(message)}/reactions`);
  const [all] = await ears.hearsExactly('reaction.clear');
  expect(all?.data).toEqual(ids);
  expect((await owner.does('GET', ofMessage(message))).reactions).toBeNull();
});

test('reacting needs the permission, taking back does not; neither goes under timeout', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { owner, bob, general, space } = home;
  const outsider = await server.person('cleo');
  const message = await owner.says(general, 'hello');
  await bob.does('PUT', path(message, 'a'));
  await owner.does('PATCH', `/spaces/${space.id}/members/${bob.id}`, {
    communication_disabled_until: '2099-01-01T00:00:00Z',
  });
  await bob.isRefused(403, 'PUT', path(message, 'b'));
  await bob.isRefused(403, 'DELETE', path(message, 'a'));
  await owner.does('PATCH', `/spaces/${space.id}/members/${bob.id}`, {
    communication_disabled_until: null,
  });
  await deny(home, general, 'add_reactions');
  await bob.isRefused(403, 'PUT', path(message, 'b'));
  await bob.does('DELETE', path(message, 'a'));
  await outsider.isRefused(403, 'PUT', path(message, 'b'));
  await outsider.isRefused(403, 'DELETE', path(message, 'b'));
  const anonymous = await server.call('PUT', path(message, 'b'));
  expect(anonymous.status).toBe(401);
});

/** Puts emojis of a space into the database, each by its id. */
function withEmojis(server: TestServer, space: { id: string }, names: Record<string, string>) {
  return server.turn(({ tx, now }) => {
    const insert = tx.sqlite.query(
      'INSERT INTO emojis (id, space_id, name, extension, created_at) VALUES (?, ?, ?, ?, ?)',
    );
    for (const [id, name] of Object.entries(names)) insert.run(id, space.id, name, 'png', now);
  });
}

/** Lets a role alone use an emoji. */
function reserve(server: TestServer, emoji_id: string, role: { id: string }) {
  return server.turn(({ tx }) => {
    tx.sqlite.query('INSERT INTO emoji_roles VALUES (?, ?)').run(emoji_id, role.id);
  });
}

test('an emoji for certain roles is for these, and only emojis of the space are taken', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { owner, bob, general, space } = home;
  const { space: elsewhere } = await owner.founds('Elsewhere');
  const role = await owner.does('POST', `/spaces/${space.id}/roles`, { name: 'fans' });
  await withEmojis(server, space, { 101: 'free', 102: 'fans' });
  await withEmojis(server, elsewhere, { 103: 'foreign' });
  await reserve(server, '102', role);
  const message = await owner.says(general, 'hello');
  await bob.does('PUT', path(message, 'free:101'));
  await bob.isRefused(403, 'PUT', path(message, 'fans:102'));
  await bob.isRefused(403, 'PUT', path(message, 'other_name:102'));
  await owner.does('PUT', path(message, 'fans:102'));
  // Who has the role not may still take the own reaction back, and see who reacted.
  expect(await bob.does('GET', ofEmoji(message, 'fans:102'))).toEqual([owner.id]);
  await owner.does('PUT', `/spaces/${space.id}/members/${bob.id}/roles/${role.id}`);
  await bob.does('PUT', path(message, 'fans:102'));
  for (const emoji of ['foreign:103', 'unknown:999', 'free:0101', 'free:18446744073709551616']) {
    await owner.isRefused(400, 'PUT', path(message, emoji));
  }
});

test('a custom emoji goes by its id and is shown as plain text, as it came first', async () => {
  await using server = await startTest();
  const { owner, bob, general, space } = await world(server, 'olga', 'bob');
  await withEmojis(server, space, { 101: 'party' });
  const message = await owner.says(general, 'hello');
  const [ears] = await listening([bob], quietly);
  await owner.does('PUT', path(message, 'party:101'));
  expect((await ears.hears('reaction.add')).data['emoji']).toBe('party:101');
  await owner.does('PATCH', `/spaces/${space.id}/emojis/101`, { name: 'feast' });
  await bob.does('PUT', path(message, 'feast:101'));
  expect((await ears.hears('reaction.add')).data['emoji']).toBe('party:101');
  const shown = [{ emoji: 'party:101', count: 2, me: true }];
  expect((await bob.does('GET', ofMessage(message))).reactions).toEqual(shown);
  const [listed] = await bob.does('GET', `/channels/${general.id}/messages`);
  expect(listed.reactions).toEqual(shown);
  // A change of the message marks it for who reacted, at once and after RESUME.
  await owner.does('PATCH', ofMessage(message), { content: 'again' });
  const [plain, marked] = await ears.hearsExactly('message.update', 'message.update');
  expect(plain?.data['reactions']).toEqual([{ emoji: 'party:101', count: 2, me: false }]);
  expect(marked?.data['reactions']).toEqual(shown);
  const stand = await dropped(ears);
  await owner.does('PATCH', ofMessage(message), { content: 'once more' });
  const { missed } = await bob.resumes(stand.session_id, stand.seq);
  expect(missed[0]?.data['reactions']).toEqual(shown);
  await bob.does('DELETE', path(message, 'feast:101'));
  // What was deleted stays on the message until it is taken away, but nobody can add it.
  await owner.does('DELETE', `/spaces/${space.id}/emojis/101`);
  await bob.isRefused(400, 'PUT', path(message, 'party:101'));
  await owner.does('DELETE', path(message, 'feast:101'));
  expect((await owner.does('GET', ofMessage(message))).reactions).toBeNull();
});

test('a custom emoji comes under the name that it has, whatever name is sent', async () => {
  await using server = await startTest();
  const { owner, bob, general, space } = await world(server, 'olga', 'bob');
  await withEmojis(server, space, { 101: 'party' });
  const message = await owner.says(general, 'hello');
  const [ears] = await listening([owner], quietly);
  await bob.does('PUT', path(message, 'join_evil_example_now:101'));
  expect((await ears.hears('reaction.add')).data['emoji']).toBe('party:101');
  const shown = [{ emoji: 'party:101', count: 1, me: true }];
  expect((await bob.does('GET', ofMessage(message))).reactions).toEqual(shown);
  // Whoever knows an old name takes it back by that.
  await bob.does('DELETE', path(message, 'join_evil_example_now:101'));
  expect((await ears.hears('reaction.remove')).data['emoji']).toBe('party:101');
});

test('a custom emoji without its id is the one of the space that has the name', async () => {
  await using server = await startTest();
  const { owner, bob, general, space } = await world(server, 'olga', 'bob');
  const elsewhere = await owner.does('POST', '/spaces', { name: 'Elsewhere' });
  const role = await owner.does('POST', `/spaces/${space.id}/roles`, { name: 'fans' });
  await withEmojis(server, space, { 101: 'party', 102: 'fans' });
  await withEmojis(server, elsewhere, { 103: 'foreign' });
  await reserve(server, '102', role);
  const message = await owner.says(general, 'hello');
  const [ears] = await listening([bob], quietly);
  await owner.does('PUT', path(message, 'party:'));
  expect((await ears.hears('reaction.add')).data['emoji']).toBe('party:101');
  await bob.does('PUT', path(message, 'party:101'));
  const shown = [{ emoji: 'party:101', count: 2, me: true }];
  expect((await bob.does('GET', ofMessage(message))).reactions).toEqual(shown);
  expect(await bob.does('GET', ofEmoji(message, 'party:'))).toHaveLength(2);
  await bob.does('DELETE', path(message, 'party:'));
  await bob.isRefused(403, 'PUT', path(message, 'fans:'));
  for (const emoji of ['foreign:', 'unknown:', 'Party:', ':', 'party::']) {
    await bob.isRefused(400, 'PUT', path(message, emoji));
  }
  await owner.does('DELETE', ofEmoji(message, 'party:'));
  expect((await bob.does('GET', ofMessage(message))).reactions).toBeNull();
});

test('an emoji for @everyone is for every member of its space', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { owner, bob, general, space } = home;
  await withEmojis(server, space, { 101: 'ours' });
  await reserve(server, '101', await everyoneOf(home));
  await bob.does('PUT', path(await owner.says(general, 'hello'), 'ours:101'));
});

test('reactions go with their message, however many they are', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, general } = await world(server, 'olga');
  const message = await owner.says(general, 'hello');
  await server.turn(({ tx }) => {
    const insert = tx.sqlite.query(
      'INSERT INTO reactions (message_id, emoji, user_id) VALUES (?, ?, ?)',
    );
    for (let n = 0; n < 1200; n += 1) insert.run(message.id, 'x', String(n));
  });
  await owner.does('DELETE', ofMessage(message));
  const left = () =>
    server.app.db.sqlite.query<{ n: number }, []>('SELECT count(*) AS n FROM reactions').get()?.n;
  expect(left()).toBe(700);
  await clock.pass(1_000);
  await until(async () => left() === 0);
});

test('who missed a change of a message finds the own reactions marked in it, others do not', async () => {
  await using server = await startTest();
  const { owner, bob, cleo, general } = await world(server, 'olga', 'bob', 'cleo');
  const message = await owner.says(general, 'first');
  const path = `/channels/${general.id}/messages/${message.id}`;
  await bob.does('PUT', `${path}/reactions/yes/@me`);
  await cleo.does('PUT', `${path}/reactions/no/@me`);
  const stands = [];
  for (const one of [bob, cleo, owner]) {
    stands.push({ one, stand: await dropped(await one.listens(quietly)) });
  }
  await owner.does('PATCH', path, { content: 'second' });
  const marks = [];
  for (const { one, stand } of stands) {
    const { missed } = await one.resumes(stand.session_id, stand.seq);
    expect(missed.map(({ type, data }) => [type, data['content']])).toEqual([
      ['message.update', 'second'],
    ]);
    marks.push(missed[0]?.data['reactions'].map(({ emoji, me }: any) => [emoji.name, me]));
  }
  expect(marks).toEqual([
    [
      ['yes', true],
      ['no', false],
    ],
    [
      ['yes', false],
      ['no', true],
    ],
    [
      ['yes', false],
      ['no', false],
    ],
  ]);
});

test('a change of a message asks those who reacted, however many listen', async () => {
  await using server = await startTest();
  const { anna, bob, general } = await world(server, 'anna', 'bob', 'cleo');
  const message = await anna.says(general, 'hello');
  const reaction = `/channels/${general.id}/messages/${message.id}/reactions/${encodeURIComponent('👍')}`;
  await bob.does('PUT', `${reaction}/@me`);
  const [annas, bobs] = await listening([anna, bob, anna, anna]);
  const { hub } = server.app;
  const asked = spyOn(hub, 'of');
  await anna.does('PATCH', `/channels/${general.id}/messages/${message.id}`, { content: 'other' });
  const scopes = asked.mock.calls.map(([scope]) => scope);
  asked.mockRestore();
  expect(scopes.filter((scope) => scope.startsWith('c:'))).toEqual([]);
  await annas.hearsExactly('message.update');
  const [, own] = await bobs.hearsExactly('message.update', 'message.update');
  expect(own?.data['reactions']).toMatchObject([{ count: 1, me: true }]);
});
