// First messages of threads that their authors delete: emptied, they stay as long as others' answers do.
import { expect, test } from 'bun:test';
import { clearSlice } from '../../src/features/base/clearing/slices.ts';
import { FakeClock } from '../support/clock.ts';
import { countRows, fill } from '../support/crowd.ts';
import { uploads } from '../support/forms.ts';
import type { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { deny, empower, listening, world } from '../support/world.ts';

const at = (channel: { id: string }, more = '') => `/channels/${channel.id}/messages${more}`;
const idsOf = (messages: { id: string }[]) => messages.map(({ id }) => id);

async function clearAll(server: TestServer): Promise<number> {
  let slices = 0;
  while (await server.turn(clearSlice)) slices += 1;
  return slices;
}

/** What is left of a message, as everybody sees it. */
const emptied = {
  content: '',
  title: null,
  type: 'default',
  attachments: [],
  embeds: [],
  mentions: [],
  mention_everyone: false,
  reactions: null,
  pinned: false,
  edited_at: null,
  reply_to: null,
};

/** Bob asks with all that a message can have, cleo and bob answer; olga owns the space. */
async function asked(server: TestServer, more: object = {}) {
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { owner, bob, cleo, general, space } = home;
  await empower(home, bob, 'mention_everyone');
  const before = await cleo.says(general, 'before');
  const file = { filename: 'a.txt', bytes: 'secret' };
  const wish = {
    content: 'secret question @cleo @everyone',
    reply_to: before.id,
    embeds: [{ title: 'secret card' }],
    ...more,
  };
  const question = (await uploads(bob, general, wish, [file])).data;
  const path = at(general, `/${question.id}`);
  await bob.does('PATCH', path, { content: 'secret question, edited', title: 'secret title' });
  await owner.does('PUT', `/channels/${general.id}/pins/${question.id}`);
  await cleo.does('PUT', `${path}/reactions/x/@me`);
  const answer = await cleo.says(general, 'answer', { thread_id: question.id });
  const own = await bob.says(general, 'own answer', { thread_id: question.id });
  const aside = await cleo.says(general, 'aside', { reply_to: question.id });
  await cleo.does('PUT', at(general, `/${answer.id}/reactions/y/@me`));
  await owner.does('PUT', `/channels/${general.id}/pins/${answer.id}`);
  return { ...home, owner, space, general, question, answer, own, aside, path };
}

test('who was away gets the emptied message before the answers that stay, however it was kept', async () => {
  await using server = await startTest();
  const { owner, bob, cleo, general } = await world(server, 'owner', 'bob', 'cleo');
  for (const isEdited of [false, true]) {
    const owners = await owner.listens();
    owners.drop();
    await owners.closes();
    const wish = { nonce: `n${isEdited}`, title: 'secret' };
    const question = await bob.says(general, 'secret question @owner', wish);
    const path = at(general, `/${question.id}`);
    if (isEdited) await bob.does('PATCH', path, { content: 'secret, edited' });
    const answer = await cleo.says(general, 'answer', { thread_id: question.id });
    await bob.does('DELETE', path);
    const left = await cleo.does('GET', path);

    const { missed } = await owner.resumes(owners.ready.session_id, owners.seq);
    const sent = missed.filter(({ type }) => type === 'message.create').map(({ data }) => data);
    expect(sent).toMatchObject([
      { ...emptied, id: question.id, author_id: left.author_id, mentions: [] },
      { id: answer.id, content: 'answer' },
    ]);
    expect(sent[0]).not.toHaveProperty('nonce');
    const updates = missed.filter(({ type }) => type === 'message.update');
    expect(updates.at(-1)?.data).toEqual(left);
    expect(JSON.stringify(missed)).not.toMatch(new RegExp(`secret|${bob.id}`));
    expect(countRows(server, 'events', "bytes LIKE '%secret%'")).toBe(0);
  }
});

test('who deletes the own question leaves the answers of others, and nothing that names who asked', async () => {
  await using server = await startTest();
  const { owner, bob, cleo, space, general, question, answer, own, aside, path } =
    await asked(server);
  const olgas = await owner.listens();
  olgas.drop();
  await olgas.closes();
  const search = `/spaces/${space.id}/messages/search`;
  expect(idsOf(await cleo.does('GET', `${search}?query=secret`))).toEqual([question.id]);
  const [cleos] = await listening([cleo]);
  await bob.does('DELETE', path);

  const [gone, updated] = await cleos.hearsExactly('message.delete_bulk', 'message.update');
  expect(gone?.data['ids']).toEqual([own.id]);
  const left = await cleo.does('GET', path);
  expect(updated?.data).toEqual(left);
  const { id, timestamp } = question;
  expect(left).toMatchObject({ ...emptied, id, timestamp, reply_count: 1 });
  expect(left.last_reply_at).toBe(answer.timestamp);
  const system = await cleo.does('GET', `/users/${left.author_id}`);
  expect(system).toMatchObject({ username: 'System', system: true });

  // Every way to read it: lists, the disk, the log, the index, the file, a session that comes back.
  const { missed } = await owner.resumes(olgas.ready.session_id, olgas.seq);
  expect(missed.map(({ type }) => type)).toEqual(['message.delete_bulk', 'message.update']);
  const page = await cleo.does('GET', at(general));
  expect(idsOf(page)).toContain(id);
  expect(await cleo.does('GET', `${search}?query=secret`)).toEqual([]);
  expect(await cleo.does('GET', `${search}?author_id=${left.author_id}`)).toEqual([]);
  expect(idsOf(await cleo.does('GET', `${search}?query=answer`))).toEqual([answer.id]);
  expect((await fetch(question.attachments[0].url)).status).toBe(404);
  const pins = await cleo.does('GET', `/channels/${general.id}/pins`);
  expect(idsOf(pins)).toEqual([answer.id]);
  expect(pins[0].reactions).toMatchObject([{ emoji: { name: 'y' }, count: 1 }]);
  expect(JSON.stringify([page, missed, left, pins])).not.toMatch(new RegExp(`secret|${bob.id}`));
  expect(countRows(server, 'messages', "content LIKE '%secret%' OR title LIKE '%secret%'")).toBe(0);
  expect(countRows(server, 'events', "bytes LIKE '%secret%'")).toBe(0);
  // What answers it from outside is not touched.
  expect(await cleo.does('GET', at(general, `/${aside.id}`))).toEqual(aside);

  // It goes with the last answer.
  const later = await cleo.says(general, 'later', { thread_id: id });
  await cleo.does('DELETE', at(general, `/${answer.id}`));
  expect((await cleo.does('GET', path)).reply_count).toBe(1);
  await cleos.unread();
  await owner.does('DELETE', at(general, `/${later.id}`));
  const ends = await cleos.unread();
  expect(ends.map(({ type, data }) => [type, data['id']])).toEqual([
    ['message.delete', later.id],
    ['message.delete', id],
    ['message.update', aside.id],
  ]);
  await cleo.isRefused(404, 'GET', path);
  expect((await cleo.does('GET', at(general, `/${aside.id}`))).reply_to).toBeNull();
  expect(countRows(server, 'messages', "type = 'tombstone'")).toBe(0);
});

test('an emptied message takes answers and nothing else', async () => {
  await using server = await startTest();
  const home = await asked(server);
  const { owner, bob, cleo, general, question, answer, path } = home;
  await bob.does('DELETE', path);
  const [olgas] = await listening([owner]);
  for (const person of [owner, bob, cleo, server.admin]) {
    await person.isRefused(403, 'PATCH', path, { content: 'x' });
    await person.isRefused(403, 'PUT', `${path}/reactions/x/@me`);
  }
  for (const person of [owner, server.admin]) {
    await person.isRefused(403, 'PUT', `/channels/${general.id}/pins/${question.id}`);
    await person.does('DELETE', `/channels/${general.id}/pins/${question.id}`);
    await person.does('DELETE', `${path}/reactions`);
  }
  await cleo.does('DELETE', `${path}/reactions/x/@me`);
  for (const person of [bob, cleo]) await person.isRefused(403, 'DELETE', path);
  await olgas.hearsNothing();
  // The thread has begun, so that answering takes no permission to begin one.
  await deny(home, general, 'create_threads');
  const more = await bob.says(general, 'more', { thread_id: question.id });
  const thread = await bob.does('GET', at(general, `?thread_id=${question.id}`));
  expect(idsOf(thread)).toEqual([more.id, answer.id]);
  expect((await bob.does('GET', `${path}/threads`)).participants).toEqual([bob.id, cleo.id]);
  // A moderator takes the thread along, as with any other message.
  await owner.does('DELETE', path);
  for (const { id } of [question, answer, more])
    await bob.isRefused(404, 'GET', at(general, `/${id}`));
});

test('posts of a forum stay in their order, without their titles', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, bob, cleo, space } = await world(server, 'olga', 'bob', 'cleo');
  const wish = { name: 'forum', type: 'forum' };
  const forum = await owner.does('POST', `/spaces/${space.id}/channels`, wish);
  const post = await bob.says(forum, 'secret', { title: 'secret' });
  await clock.pass(1_000);
  const other = await cleo.says(forum, 'other', { title: 'other' });
  const answer = await cleo.says(forum, 'answer', { thread_id: post.id });
  await clock.pass(1_000);
  await cleo.says(forum, 'answer', { thread_id: other.id });
  await clock.pass(1_000);
  await bob.says(forum, 'own', { thread_id: post.id });
  const posts = async () => cleo.does('GET', at(forum, '?top_level=true'));
  expect(idsOf(await posts())).toEqual([post.id, other.id]);
  await bob.does('DELETE', at(forum, `/${post.id}`));
  const [, left] = await posts();
  expect(left).toMatchObject({ ...emptied, id: post.id, last_reply_at: answer.timestamp });
  await cleo.does('DELETE', at(forum, `/${answer.id}`));
  expect(idsOf(await posts())).toEqual([other.id]);
});

test('the rule for authors holds whatever they hold, in bulk as well', async () => {
  await using server = await startTest();
  const { owner, bob, general, space } = await world(server, 'olga', 'bob');
  const [one, two, three] = [
    await owner.says(general, 'one'),
    await owner.says(general, 'two'),
    await owner.says(general, 'three'),
  ];
  const answers = [];
  for (const { id } of [one, two, three]) {
    answers.push(await bob.says(general, 'answer', { thread_id: id }));
    await owner.says(general, 'own', { thread_id: id });
  }
  const alone = await owner.says(general, 'alone');
  await owner.says(general, 'own', { thread_id: alone.id });
  await owner.does('DELETE', at(general, `/${one.id}`));
  const messages = [two.id, three.id, alone.id, answers[2]?.id];
  await owner.does('POST', at(general, '/bulk-delete'), { messages });
  await clearAll(server);
  const shown = await bob.does('GET', at(general));
  expect(idsOf(shown)).toEqual([two.id, one.id]);
  for (const left of shown) expect(left).toMatchObject({ ...emptied, reply_count: 1 });
  const rows = countRows(server, 'messages', `space_id = '${space.id}' AND thread_id IS NOT NULL`);
  expect(rows).toBe(2);
  // The newest message of the channel goes with its last answer.
  const newest = async () => (await bob.does('GET', `/channels/${general.id}`)).last_message_id;
  for (const [index, last] of [two.id, one.id, null].entries()) {
    expect(await newest()).toBe(last);
    if (last !== null) await bob.does('DELETE', at(general, `/${answers[1 - index]?.id}`));
  }
});

test('many own answers are hidden at once, counted nowhere, and go in later turns', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { bob, cleo, general, space } = await world(server, 'olga', 'bob', 'cleo');
  const question = await bob.says(general, 'question');
  const thread_id = question.id;
  const early = await cleo.says(general, 'early', { thread_id });
  await fill(server, general, bob, 1_200, { thread_id, content: 'word' });
  await server.turn(({ tx }) => {
    tx.sqlite.query('UPDATE messages SET reply_count = 1201 WHERE id = ?').run(thread_id);
  });
  const [cleos] = await listening([cleo]);
  await bob.does('DELETE', at(general, `/${thread_id}`));
  const back = await bob.says(general, 'back', { thread_id });
  expect(countRows(server, 'hidden_answers')).toBe(1);
  const look = async () => {
    const left = await cleo.does('GET', at(general, `/${thread_id}`));
    expect(left).toMatchObject({ ...emptied, reply_count: 2, last_reply_at: back.timestamp });
    const thread = await cleo.does('GET', at(general, `?thread_id=${thread_id}&limit=100`));
    expect(idsOf(thread)).toEqual([back.id, early.id]);
    const search = `/spaces/${space.id}/messages/search?query=word`;
    expect(await cleo.does('GET', search)).toEqual([]);
  };
  let left = countRows(server, 'messages', `author_id = '${bob.id}'`);
  expect(left).toBe(1_101);
  await look();
  while (await server.turn(clearSlice)) {
    const now = countRows(server, 'messages', `author_id = '${bob.id}'`);
    expect(left - now).toBeLessThanOrEqual(100);
    left = now;
    await look();
  }
  expect(left).toBe(1);
  const told = await cleos.unread();
  const gone = told.flatMap(({ type, data }) =>
    type === 'message.delete_bulk' ? data['ids'] : [],
  );
  expect(gone).toHaveLength(1_200);
  expect(told.filter(({ type }) => type === 'message.update')).toHaveLength(2);
  const row = server.app.db.sqlite.query('SELECT reply_count AS n FROM messages WHERE id = ?');
  expect(row.get(thread_id)).toEqual({ n: 2 });
});

test('own answers are found behind many of others, and who answered those answers nothing any more', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { bob, cleo, general } = await world(server, 'olga', 'bob', 'cleo');
  const { id: thread_id } = await bob.says(general, 'question');
  await fill(server, general, cleo, 2_100, { thread_id });
  const own = await bob.says(general, 'own', { thread_id });
  const reply = await cleo.says(general, 'reply', { thread_id, reply_to: own.id });
  await server.turn(({ tx }) => {
    tx.sqlite.query('UPDATE messages SET reply_count = 2102 WHERE id = ?').run(thread_id);
  });
  await bob.does('DELETE', at(general, `/${thread_id}`));
  await cleo.isRefused(404, 'GET', at(general, `/${own.id}`));
  expect((await cleo.does('GET', at(general, `/${thread_id}`))).reply_count).toBe(2_101);
  const [cleos] = await listening([cleo]);
  await clearAll(server);
  expect(countRows(server, 'messages', `author_id = '${bob.id}'`)).toBe(0);
  const [gone, loosened] = await cleos.hearsExactly('message.delete_bulk', 'message.update');
  expect(gone?.data['ids']).toEqual([own.id]);
  expect(loosened?.data).toMatchObject({ id: reply.id, reply_to: null });
});

test('a very long thread that is the author’s alone goes whole', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { bob, cleo, general } = await world(server, 'olga', 'bob', 'cleo');
  const question = await bob.says(general, 'question');
  await fill(server, general, bob, 700, { thread_id: question.id });
  await server.turn(({ tx }) => {
    tx.sqlite.query('UPDATE messages SET reply_count = 700 WHERE id = ?').run(question.id);
  });
  const [cleos] = await listening([cleo]);
  await bob.does('DELETE', at(general, `/${question.id}`));
  await cleo.isRefused(404, 'GET', at(general, `/${question.id}`));
  expect(await cleo.does('GET', at(general))).toEqual([]);
  await clearAll(server);
  expect(countRows(server, 'messages')).toBe(0);
  const told = await cleos.unread();
  expect(told.filter(({ type }) => type === 'message.delete')).toHaveLength(1);
  const gone = told.flatMap(({ type, data }) =>
    type === 'message.delete_bulk' ? data['ids'] : [],
  );
  expect(new Set(gone).size).toBe(700);
  expect(gone).toHaveLength(700);
});

/** Ways in which an account takes all that it wrote out of a space. */
const ways: Record<string, (owner: Person, bob: Person, space: any) => Promise<any>> = {
  'a ban’s purge': (owner, bob, space) =>
    owner.does('PUT', `/spaces/${space.id}/bans/${bob.id}`, { delete_message_seconds: 3600 }),
  'leaving with all data': (_owner, bob, space) =>
    bob.does('DELETE', `/spaces/${space.id}/members/@me?delete_data=true`),
};

for (const [way, goes] of Object.entries(ways)) {
  test(`${way} leaves the answers of others, in however many threads`, async () => {
    const clock = new FakeClock();
    await using server = await startTest({ clock });
    const { owner, bob, cleo, space, general } = await world(server, 'olga', 'bob', 'cleo');
    const wish = { name: 'forum', type: 'forum' };
    const forum = await owner.does('POST', `/spaces/${space.id}/channels`, wish);
    await cleo.says(general, 'older');
    const begun = [
      ...(await fill(server, general, bob, 120)),
      ...(await fill(server, forum, bob, 30, { title: 'secret' })),
    ];
    const answers: any[] = [];
    for (const [index, thread_id] of begun.entries()) {
      const channel = index < 120 ? general : forum;
      answers.push(await cleo.says(channel, `answer ${index}`, { thread_id }));
      await bob.says(channel, 'own', { thread_id });
    }
    const alone = await bob.says(general, 'alone');
    await bob.says(general, 'own', { thread_id: alone.id });
    await fill(server, general, bob, 300);
    const pinned = answers[0];
    await owner.does('PUT', `/channels/${general.id}/pins/${pinned.id}`);
    const [cleos] = await listening([cleo]);
    const { deleted_message_count } = (await goes(owner, bob, space)) ?? {};
    if (deleted_message_count !== undefined) expect(deleted_message_count).toBe(602);

    const look = async () => {
      for (const answer of [...answers.slice(0, 3), ...answers.slice(-3)]) {
        const shown = await cleo.does('GET', at({ id: answer.channel_id }, `/${answer.id}`));
        expect(shown.content).toBe(answer.content);
      }
      // The newest are emptied at once; those beyond are hidden until their turn comes.
      for (const [index, id] of begun.entries()) {
        const { status, data } = await cleo.call(
          'GET',
          at(index < 120 ? general : forum, `/${id}`),
        );
        if (status === 404 && index < 130) continue;
        expect([index, status]).toEqual([index, 200]);
        expect(data).toMatchObject({ ...emptied, reply_count: 1 });
      }
      expect(idsOf(await cleo.does('GET', `/channels/${general.id}/pins`))).toEqual([pinned.id]);
      await cleo.isRefused(404, 'GET', at(general, `/${alone.id}`));
    };
    await look();
    await server.turn(clearSlice);
    await look();
    await clearAll(server);
    const left = [general, forum].map((channel) => cleo.does('GET', at(channel, '?limit=100')));
    const shown = (await Promise.all(left)).flat();
    expect(shown).toHaveLength(130);
    for (const one of shown) expect(one).toMatchObject({ ...emptied, reply_count: 1 });
    expect(countRows(server, 'messages', `author_id = '${bob.id}'`)).toBe(0);
    expect(countRows(server, 'messages', `author_id = '${cleo.id}'`)).toBe(151);
    expect(countRows(server, 'messages', "type = 'tombstone'")).toBe(150);
    expect((await cleo.does('GET', `/channels/${general.id}`)).last_message_id).toBe(begun[119]);
    const updated = (await cleos.unread())
      .filter(({ type, data }) => type === 'message.update' && data['content'] === '')
      .map(({ data }) => data['id']);
    expect(new Set(updated)).toEqual(new Set(begun));
  });
}

test('an emptied message whose last answers a purge hides is out of sight with them', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, bob, cleo, space, general } = await world(server, 'olga', 'bob', 'cleo');
  const question = await bob.says(general, 'question');
  await fill(server, general, cleo, 5, { thread_id: question.id });
  await fill(server, general, cleo, 300);
  await server.turn(({ tx }) => {
    tx.sqlite.query('UPDATE messages SET reply_count = 5 WHERE id = ?').run(question.id);
  });
  await bob.does('DELETE', at(general, `/${question.id}`));
  expect(countRows(server, 'messages', "type = 'tombstone'")).toBe(1);
  const [bobs] = await listening([bob]);
  await owner.does('PUT', `/spaces/${space.id}/bans/${cleo.id}`, { delete_message_seconds: 3600 });
  const look = async () => {
    expect(await bob.does('GET', at(general))).toEqual([]);
    await bob.isRefused(404, 'GET', at(general, `/${question.id}`));
    expect((await bob.does('GET', `/channels/${general.id}`)).last_message_id).toBeNull();
  };
  await look();
  await clearAll(server);
  await look();
  expect(countRows(server, 'messages')).toBe(0);
  await bobs.hears('message.delete', ({ id }) => id === question.id);
});
