import { expect, test } from 'bun:test';
import { readEvents } from '../../src/events/log.ts';
import { FakeClock } from '../support/clock.ts';
import { startTest } from '../support/server.ts';
import { deny, empower, listening, rolesOf, world } from '../support/world.ts';

test('a message has every field; it is told whole to those who view the channel', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  const [bobs, cleos] = [await bob.listens(), await cleo.listens()];
  for (const ears of [bobs, cleos]) await ears.unread();
  const sent = await bob.says(general, 'hello', { nonce: 5 });
  const { nonce, ...kept } = sent;
  expect(nonce).toBe(5);
  expect(kept).toEqual({
    id: expect.stringMatching(/^\d+$/),
    channel_id: general.id,
    space_id: space.id,
    author_id: bob.id,
    content: 'hello',
    type: 'default',
    timestamp: expect.stringMatching(/Z$/),
    edited_at: null,
    tts: false,
    pinned: false,
    mention_everyone: false,
    mentions: [],
    mention_roles: [],
    attachments: [],
    embeds: [],
    reactions: null,
    reply_to: null,
    flags: 0,
    webhook_id: null,
    thread_id: null,
    reply_count: 0,
    title: null,
  });
  const [told] = await bobs.hearsExactly('message.create');
  expect(told?.data).toEqual(sent);
  await cleos.hearsNothing();
  expect(await anna.does('GET', `/channels/${general.id}/messages/${sent.id}`)).toEqual(kept);
  expect((await anna.does('GET', `/channels/${general.id}`)).last_message_id).toBe(sent.id);
});

test('what is written is kept as it was written', async () => {
  await using server = await startTest();
  const { bob, general } = await world(server, 'anna', 'bob');
  for (const content of [
    "'); DROP TABLE messages; --",
    '<script>alert(1)</script>',
    '  indented\n\tcode  ',
    '\u{1f469}\u200d\u{1f680} \u202eemoji',
    '"\\u0000 \\n',
  ]) {
    const { id } = await bob.says(general, content);
    const read = await bob.does('GET', `/channels/${general.id}/messages/${id}`);
    expect(read.content).toBe(content);
  }
});

test('each field of a message has its bounds', async () => {
  await using server = await startTest();
  const { anna, general } = await world(server, 'anna', 'bob');
  const path = `/channels/${general.id}/messages`;
  const embed = { title: 'x' };
  for (const body of [
    { content: '' },
    { content: ' \n\t\u200b ' },
    { content: 'x'.repeat(4001) },
    { content: 'x'.repeat(100_000) },
    { content: 'nul \u0000' },
    { content: 'x', title: '' },
    { content: 'x', title: ' ' },
    { content: 'x', title: 'x'.repeat(101) },
    { content: 'x', embeds: Array.from({ length: 11 }, () => embed) },
    { content: 'x', embeds: [{ title: 'x'.repeat(257) }] },
    { content: 'x', embeds: Array.from({ length: 10 }, () => ({ description: 'x'.repeat(4096) })) },
    { content: 'x', reply_to: 'abc' },
    { content: 'x', reply_to: '1' },
    { content: 'x', thread_id: '1' },
    { content: 'x', thread_id: '' },
  ]) {
    await anna.isRefused(400, 'POST', path, body);
  }
  for (const body of [
    {},
    { title: 'x' },
    { content: null },
    { content: 5 },
    { content: 'x', tts: 1 },
    { content: 'x', embeds: {} },
    { content: 'x', embeds: [5] },
    { content: 'x', embeds: [{ footer: {} }] },
    { content: 'x', embeds: [{ fields: [{ name: 'x' }] }] },
    { content: 'x', embeds: [{ color: 'red' }] },
    { content: 'x', reply_to: 5 },
    { content: 'x', title: 5 },
  ]) {
    await anna.isRefused(422, 'POST', path, body);
  }
  await anna.says(general, '\u{1f642}'.repeat(4000), { title: '\u{1f642}'.repeat(100) });
  expect(await anna.does('GET', path)).toHaveLength(1);
});

test('embeds alone are a message; they have every key, but inside them what is unset is left out', async () => {
  await using server = await startTest();
  const { anna, general } = await world(server, 'anna', 'bob');
  const sent = await anna.says(general, '', {
    embeds: [
      {
        title: 'Title',
        description: null,
        nonsense: 1,
        footer: { text: 'small', icon_url: null },
        image: { url: 'https://example.org/a.png', width: null, height: 5 },
        author: { name: 'me', url: null, icon_url: null },
        fields: [
          { name: 'n', value: 'v' },
          { name: 'n', value: 'v', inline: null },
          { name: 'n', value: 'v', inline: true },
        ],
      },
      {},
    ],
  });
  const unset = {
    title: null,
    type: null,
    description: null,
    url: null,
    timestamp: null,
    color: null,
    footer: null,
    image: null,
    thumbnail: null,
    author: null,
    fields: null,
  };
  const embeds = [
    {
      ...unset,
      title: 'Title',
      footer: { text: 'small' },
      image: { url: 'https://example.org/a.png', height: 5 },
      author: { name: 'me' },
      fields: [
        { name: 'n', value: 'v', inline: false },
        { name: 'n', value: 'v', inline: false },
        { name: 'n', value: 'v', inline: true },
      ],
    },
    unset,
  ];
  expect(sent.embeds).toEqual(embeds);
  expect(await anna.does('GET', `/channels/${general.id}/messages`)).toEqual([sent]);
  // As of a text: no NUL anywhere, and half an emoji is none.
  for (const bad of [{ title: 'a\0b' }, { url: 'https://a.b/\0' }, { footer: { text: '\0' } }]) {
    const body = { content: '', embeds: [bad] };
    await anna.isRefused(400, 'POST', `/channels/${general.id}/messages`, body);
  }
  const half = await anna.says(general, '', { embeds: [{ title: 'half \ud83d' }] });
  expect(half.embeds[0].title).toBe('half \ufffd');
});

test('sending takes a membership, the view of the channel and the permission', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, general } = home;
  const cleo = await server.person('cleo');
  const path = `/channels/${general.id}/messages`;
  const body = { content: 'x' };
  expect((await server.call('POST', path, body)).status).toBe(401);
  await cleo.isRefused(403, 'POST', path, body);
  await cleo.isRefused(404, 'POST', '/channels/1/messages', body);
  await server.admin.does('POST', path, body);
  await deny(home, general, 'send_messages');
  const refused = await bob.isRefused(403, 'POST', path, body);
  expect(refused.body.error.message).toContain('send_messages');
  await empower(home, bob, 'send_messages');
  await bob.isRefused(403, 'POST', path, body);
  await anna.does('PUT', `/channels/${general.id}/permissions/${bob.id}`, {
    type: 'member',
    allow: ['send_messages'],
    deny: ['view_channel'],
  });
  await bob.isRefused(403, 'POST', path, body);
});

test('what may not be sent is refused before what is empty', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, general } = home;
  const path = `/channels/${general.id}/messages`;
  const parent = await anna.says(general, 'parent');
  const empty = { content: '' };
  await bob.isRefused(400, 'POST', path, { ...empty, thread_id: parent.id });
  await bob.isRefused(403, 'POST', path, { ...empty, tts: true });
  await deny(home, general, 'send_in_threads');
  await bob.isRefused(403, 'POST', path, { ...empty, thread_id: parent.id });
  await anna.does('PATCH', `/channels/${general.id}`, { archived: true });
  await anna.isRefused(403, 'POST', path, empty);
});

/** Every place in an embed that holds an address, by the name that an error gives it. */
const addressed: Record<string, (url: string) => object> = {
  url: (url) => ({ title: 'x', url }),
  'image.url': (url) => ({ title: 'x', image: { url } }),
  'thumbnail.url': (url) => ({ title: 'x', thumbnail: { url } }),
  'author.url': (url) => ({ author: { name: 'x', url } }),
  'author.icon_url': (icon_url) => ({ author: { name: 'x', icon_url } }),
  'footer.icon_url': (icon_url) => ({ footer: { text: 'x', icon_url } }),
};
const harmful = ['javascript:alert(1)', 'data:text/html,x', ' javascript:alert(1)', 'file:///etc'];

test('embeds lead to the web alone; another address is refused by its field, also in an edit', async () => {
  await using server = await startTest();
  const { anna, general } = await world(server, 'anna');
  const path = `/channels/${general.id}/messages`;
  const sent = await anna.says(general, 'x');
  const odd = ['', 'x', '//example.org', 'https:example.org', 'https://', 'java\nscript:alert(1)'];
  const more = ['vbscript:x', 'ms-settings:', 'ftp://example.org/', 'http://a.example/\u0000'];
  for (const [field, embed] of Object.entries(addressed)) {
    for (const address of [...harmful, ...odd, ...more]) {
      const embeds = [{ title: 'before' }, embed(address)];
      for (const [method, to] of [
        ['POST', path],
        ['PATCH', `${path}/${sent.id}`],
      ] as const) {
        const { body } = await anna.isRefused(400, method, to, { content: 'x', embeds });
        expect(Object.keys(body.error.details)).toEqual([`embeds.1.${field}`]);
      }
    }
    for (const address of [
      'https://example.org/a?b#c',
      'http://localhost',
      'HTTPS://EXAMPLE.ORG',
    ]) {
      const { embeds } = await anna.says(general, '', { embeds: [embed(address)] });
      expect(embeds).toMatchObject([embed(address)]);
    }
  }
});

test('an address of an older version that leads elsewhere is shown nowhere: page, event, replay', async () => {
  await using server = await startTest();
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  const path = `/channels/${general.id}/messages`;
  const fit = { title: 'fit', image: { url: 'https://example.org/a.png', width: 3 } };
  const bobs = await bob.listens();
  bobs.drop();
  await bobs.closes();
  const sent = await anna.says(general, 'x', { embeds: [fit] });
  const stored = [
    fit,
    ...harmful.flatMap((address) => Object.values(addressed).map((embed) => embed(address))),
  ];
  await server.turn(({ tx }) => {
    const written = JSON.stringify(stored);
    tx.sqlite.query('UPDATE messages SET embeds = ? WHERE id = ?').run(written, sent.id);
    const logged = tx.sqlite
      .query<{ seq: number }, [string]>('SELECT seq FROM events WHERE subject = ?')
      .get(sent.id);
    const [event] = readEvents(tx, [logged?.seq ?? 0]);
    const told = JSON.parse(event?.frame ?? '');
    told.data.embeds = stored.map((embed) => ({ ...sent.embeds[0], image: null, ...embed }));
    tx.sqlite
      .query('UPDATE events SET bytes = ?, sent_bytes = NULL WHERE subject = ?')
      .run(JSON.stringify(told), sent.id);
  });
  const [annas] = await listening([anna]);
  const edited = await anna.does('PATCH', `${path}/${sent.id}`, { content: 'y' });
  const { missed } = await bob.resumes(bobs.ready.session_id, bobs.seq);
  const [created, updated] = missed.filter(({ type }) => type?.startsWith('message'));
  for (const shown of [
    edited,
    await anna.does('GET', `${path}/${sent.id}`),
    (await anna.does('GET', path))[0],
    (await annas.hears('message.update')).data,
    created?.data,
    updated?.data,
  ]) {
    expect(shown.embeds).toHaveLength(stored.length);
    expect(shown.embeds[0]).toMatchObject(fit);
    expect(shown.embeds.at(-1).footer).toEqual({ text: 'x' });
    for (const address of harmful) expect(JSON.stringify(shown)).not.toContain(address);
  }
});

test('speech, embeds and mentions of all need permissions of their own', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, general } = home;
  const path = `/channels/${general.id}/messages`;
  await bob.isRefused(403, 'POST', path, { content: 'x', tts: true });
  expect((await anna.says(general, 'x', { tts: true })).tts).toBe(true);
  // Without the permission it is plain text.
  expect((await bob.says(general, '@everyone')).mention_everyone).toBe(false);
  expect((await anna.says(general, 'hey @Everyone!')).mention_everyone).toBe(true);
  expect((await anna.says(general, '@here')).mention_everyone).toBe(true);
  expect((await anna.says(general, 'mail me@everyone')).mention_everyone).toBe(false);
  await empower(home, bob, 'mention_everyone', 'send_tts');
  expect((await bob.says(general, '@everyone', { tts: true })).mention_everyone).toBe(true);
  await deny(home, general, 'embed_links');
  await bob.isRefused(403, 'POST', path, { content: 'x', embeds: [{ title: 'x' }] });
});

test('nothing is posted in a category, and nothing in an archived channel', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const category = await anna.does('POST', `/spaces/${space.id}/channels`, {
    name: 'Talk',
    type: 'category',
  });
  for (const person of [anna, bob, server.admin]) {
    await person.isRefused(400, 'POST', `/channels/${category.id}/messages`, { content: 'x' });
  }
  const sent = await bob.says(general, 'before');
  await anna.does('PATCH', `/channels/${general.id}`, { archived: true });
  for (const person of [anna, bob, server.admin]) {
    await person.isRefused(403, 'POST', `/channels/${general.id}/messages`, { content: 'x' });
  }
  expect(await bob.does('GET', `/channels/${general.id}/messages`)).toHaveLength(1);
  await bob.does('DELETE', `/channels/${general.id}/messages/${sent.id}`);
  await anna.does('PATCH', `/channels/${general.id}`, { archived: false });
  await bob.says(general, 'after');
});

test('members are mentioned by name, whatever its case; others and oneself as they are', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  const dora = await server.person('dora.x');
  await dora.joins(space);
  const mentions = async (content: string) => (await anna.says(general, content)).mentions;
  expect(await mentions('@bob @BOB @Bob.')).toEqual([bob.id]);
  expect(await mentions('hello @dora.x, @bob')).toEqual([dora.id, bob.id]);
  expect(await mentions('@dora.x.')).toEqual([dora.id]);
  expect(await mentions(`@cleo @unknown @${bob.id} @`)).toEqual([]);
  expect(await mentions('mail bob@bob (@bob) _@anna')).toEqual([bob.id, anna.id]);
  await cleo.joins(space);
  expect(await mentions('@cleo')).toEqual([cleo.id]);
});

test('however many names a message holds, none hides what is behind them', async () => {
  await using server = await startTest();
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  const names = (count: number) =>
    Array.from({ length: count }, (_, n) => `@${n.toString(36)}`).join(' ');
  const many = await anna.says(general, `${names(900)} @bob.. @nobody.else @everyone`);
  expect([many.mentions, many.mention_everyone]).toEqual([[bob.id], true]);
});

test('a message that mentions as many members as it can name still fits into a frame', async () => {
  await using server = await startTest();
  const { anna, space, general } = await world(server, 'anna', 'bob');
  const ids = await server.turn(({ tx, id, now }) => {
    const user = tx.sqlite.query('INSERT INTO users (id, username, created_at) VALUES (?, ?, ?)');
    const member = tx.sqlite.query(
      'INSERT INTO members (space_id, user_id, joined_at) VALUES (?, ?, ?)',
    );
    return Array.from({ length: 1_000 }, (_, n) => {
      const user_id = id();
      user.run(user_id, n.toString(36), now);
      member.run(space.id, user_id, now);
      return user_id;
    });
  });
  const names = ids.map((_, n) => `@${n.toString(36)}`).join(' ');
  expect(names.length).toBeLessThanOrEqual(4_000);
  const annas = await anna.listens(['messages']);
  const { mentions } = await anna.says(general, names);
  expect(mentions).toEqual(ids);
  expect((await annas.hears('message.create')).data['mentions']).toHaveLength(1_000);
  // With the largest embeds beside it, too.
  const fields = Array.from({ length: 23 }, () => ({ name: 'n', value: 'x'.repeat(1_000) }));
  await anna.says(general, names, { embeds: [{ fields }] });
  await annas.hears('message.create', ({ embeds }) => embeds.length === 1);
});

test('slow mode with a long time left says it in the body alone, which no client sleeps out', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  await anna.does('PATCH', `/channels/${general.id}`, { rate_limit: 21_600 });
  await bob.says(general, 'one');
  const path = `/channels/${general.id}/messages`;
  const told = async () => {
    const { headers, body } = await bob.isRefused(429, 'POST', path, { content: 'two' });
    return [headers.get('retry-after'), body.error.retry_after];
  };
  expect(await told()).toEqual([null, 21_600]);
  await clock.pass(21_539_000);
  expect(await told()).toEqual([null, 61]);
  await clock.pass(1_000);
  expect(await told()).toEqual(['60', 60]);
});

test('slow mode holds members back for as long as it says, moderators not at all', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space, general } = home;
  const cleo = await server.person('cleo');
  await cleo.joins(space);
  const path = `/channels/${general.id}/messages`;
  await anna.does('PATCH', `/channels/${general.id}`, { rate_limit: 10 });
  await bob.says(general, 'one');
  const refused = await bob.isRefused(429, 'POST', path, { content: 'two' });
  expect([refused.code, refused.headers.get('retry-after')]).toEqual(['rate_limited', '10']);
  await clock.pass(9_001);
  const still = await bob.isRefused(429, 'POST', path, { content: 'two' });
  expect(still.headers.get('retry-after')).toBe('1');
  // Others have a time of their own; what was refused did not count.
  await cleo.says(general, 'mine');
  await clock.pass(999);
  await bob.isRefused(400, 'POST', path, { content: 'two', reply_to: '1' });
  await bob.says(general, 'two');
  for (const person of [anna, server.admin]) {
    await person.says(general, 'a');
    await person.says(general, 'b');
  }
  await empower(home, bob, 'manage_messages');
  await bob.says(general, 'c');
  await bob.says(general, 'd');
});

test('who is under timeout neither sends nor types nor edits, until it ends or is taken back', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const member = `/spaces/${space.id}/members/${bob.id}`;
  const path = `/channels/${general.id}/messages`;
  const sent = await bob.says(general, 'before');
  const silence = (until: unknown) =>
    anna.does('PATCH', member, { communication_disabled_until: until });
  const until = new Date(clock.now() + 60_000);
  const after = await silence(until.toISOString());
  expect(after.timed_out_until).toBe(until.toISOString());
  const tries = async () => [
    (await bob.call('POST', path, { content: 'x' })).status,
    (await bob.call('POST', `/channels/${general.id}/typing`, {})).status,
    (await bob.call('PATCH', `${path}/${sent.id}`, { content: 'edited' })).status,
  ];
  expect(await tries()).toEqual([403, 403, 403]);
  // Reading and deleting one's own go on.
  await bob.does('GET', path);
  await clock.pass(60_000);
  expect(await tries()).toEqual([200, 200, 200]);
  for (const end of [null, '']) {
    await silence('2090-01-01 00:00:00');
    expect(await tries()).toEqual([403, 403, 403]);
    expect((await silence(end)).timed_out_until).toBeNull();
    expect(await tries()).toEqual([200, 200, 200]);
  }
  const offset = await silence('2090-01-01T02:00:00+02:00');
  expect(offset.timed_out_until).toBe('2090-01-01T00:00:00.000Z');
  expect((await silence('2020-01-01T00:00:00Z')).timed_out_until).toBe('2020-01-01T00:00:00.000Z');
  expect(await tries()).toEqual([200, 200, 200]);
  for (const value of ['tomorrow', '2090-13-01T00:00:00Z', '2090-01-01', '1', 'x'.repeat(50)]) {
    await anna.isRefused(400, 'PATCH', member, { communication_disabled_until: value });
  }
  await anna.isRefused(422, 'PATCH', member, { communication_disabled_until: 5 });
});

test('typing is told to those who view the channel, with the thread only where one is named', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, general } = home;
  const cleo = await server.person('cleo');
  const [annas, cleos] = [await anna.listens(), await cleo.listens()];
  for (const ears of [annas, cleos]) await ears.unread();
  const path = `/channels/${general.id}/typing`;
  expect(await bob.does('POST', path, {})).toBeNull();
  const [told] = await annas.hearsExactly('typing.start');
  expect(told?.data).toEqual({
    channel_id: general.id,
    user_id: bob.id,
    timestamp: expect.stringMatching(/Z$/),
  });
  const parent = await anna.says(general, 'parent');
  await annas.hears('message.create');
  await bob.does('POST', path, { thread_id: parent.id });
  const [inThread] = await annas.hearsExactly('typing.start');
  expect(inThread?.data['thread_id']).toBe(parent.id);
  // What names no message of the channel is not passed on, whatever it says.
  const { general: foreign } = await anna.founds('Other');
  const elsewhere = await anna.says(foreign, 'elsewhere');
  await annas.hears('message.create');
  await bob.does('POST', path);
  for (const thread_id of [null, '', '1', 'shout this', elsewhere.id]) {
    await bob.does('POST', path, { thread_id });
  }
  for (const { data } of await annas.hearsExactly(...Array(6).fill('typing.start'))) {
    expect(data).not.toHaveProperty('thread_id');
  }
  await bob.isRefused(422, 'POST', path, { thread_id: 5 });
  await bob.isRefused(400, 'POST', path, { thread_id: 'x'.repeat(65) });
  await cleo.isRefused(403, 'POST', path, {});
  await deny(home, general, 'send_messages');
  await bob.isRefused(403, 'POST', path, {});
  await cleos.hearsNothing();
  // It is in no log: who was away is not told of it.
  const deaf = await anna.listens(['messages']);
  await empower(home, bob, 'administrator');
  await bob.does('POST', path, {});
  await deaf.hearsNothing();
});

test('who may send but not see may not send', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const [everyone] = await rolesOf(anna, space);
  await anna.does('PATCH', `/spaces/${space.id}/roles/${everyone?.id}`, {
    permissions: ['send_messages', 'read_history'],
  });
  await bob.isRefused(403, 'POST', `/channels/${general.id}/messages`, { content: 'x' });
  await bob.isRefused(403, 'GET', `/channels/${general.id}/messages`);
});
