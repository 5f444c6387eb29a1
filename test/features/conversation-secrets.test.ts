// What people write to one another stays between them: by other doors, after they have left, and once it is gone.
import { describe, expect, test } from 'bun:test';
import { clearSlice } from '../../src/features/base/clearing/slices.ts';
import { previewQueue } from '../../src/features/talk/previews/queue.ts';
import { conversing, fill, gathers, opens, secret, sendsFile } from '../support/conversing.ts';
import { Person } from '../support/person.ts';
import { dropped } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { wholeRows } from '../support/whole-rows.ts';
import { listening } from '../support/world.ts';

const typesOf = (frames: readonly { type?: string | undefined }[]) =>
  frames.map(({ type }) => type);

async function people<const N extends string>(server: TestServer, ...names: N[]) {
  await server.person('operator');
  const made = {} as Record<N, Person>;
  for (const name of names) made[name] = await server.person(name);
  return made;
}

describe('the audit log of a space', () => {
  test('and its search hold nothing of what its members do in conversations', async () => {
    await using server = await startTest();
    const { anna, bob, olga, space, dm, group } = await conversing(server);
    const path = `/spaces/${space.id}/audit-log`;
    const before = await olga.does('GET', path);
    const emil = `/channels/${group.id}/recipients`;
    for (const channel of [dm, group]) {
      const ids = await fill(channel, anna, bob);
      const messages = `/channels/${channel.id}/messages`;
      await anna.does('PATCH', `${messages}/${ids['message_id']}`, { content: `${secret} again` });
      await anna.does('DELETE', `/channels/${channel.id}/pins/${ids['message_id']}`);
      await anna.does('DELETE', `${messages}/${ids['message_id']}`);
    }
    await anna.does('PATCH', `/channels/${group.id}`, { name: 'ours' });
    await anna.does('DELETE', `${emil}/${bob.id}`);
    await anna.does('DELETE', `/channels/${group.id}`);
    await anna.does('DELETE', `/channels/${dm.id}`);
    expect(await olga.does('GET', path)).toEqual(before);
    for (const reader of [olga, server.admin, anna]) {
      for (const query of [`query=${secret}`, `author_id=${anna.id}`, 'has_attachment=true']) {
        const found = await reader.does('GET', `/spaces/${space.id}/messages/search?${query}`);
        expect(found).toEqual([]);
      }
    }
  });
});

test('what a space does to its members touches nothing that they write to one another', async () => {
  await using server = await startTest();
  const { anna, bob, cleo, olga, space, dm, group } = await conversing(server);
  const texts = async (channel: { id: string }) => {
    const page = await bob.does('GET', `/channels/${channel.id}/messages`);
    const pinned = await bob.does('GET', `/channels/${channel.id}/pins`);
    return [page, pinned].map((list) =>
      list.map(({ content, reactions }: any) => [content, reactions?.length ?? 0]),
    );
  };
  const before = [await texts(dm), await texts(group)];
  const [bobs] = await listening([bob], ['messages', 'message_reactions']);
  const at = `/spaces/${space.id}`;
  const until = new Date(server.app.clock.now() + 3_600_000).toISOString();
  const timeout = { communication_disabled_until: until };
  await olga.does('PATCH', `${at}/members/${anna.id}`, timeout);
  const said = await anna.says(dm, 'still here');
  await anna.does('DELETE', `/channels/${dm.id}/messages/${said.id}`);
  await olga.does('DELETE', `${at}/members/${cleo.id}`);
  await olga.does('PUT', `${at}/bans/${anna.id}`, { delete_message_seconds: 604_800 });
  await bob.does('DELETE', `${at}/members/@me?delete_data=true`);
  await olga.does('DELETE', at);
  while (await server.turn(clearSlice));
  expect([await texts(dm), await texts(group)]).toEqual(before);
  expect(before[0]?.[0]).not.toEqual([]);
  expect(typesOf(await bobs.unread())).toEqual(['message.create', 'message.delete']);
  await anna.says(dm, 'and goes on');
});

test('a group becomes no channel of a space, and is no place in one', async () => {
  await using server = await startTest();
  const { anna, dm, group, space, nook, general } = await conversing(server);
  const channels = async () => [
    await anna.does('GET', `/spaces/${nook.id}/channels`),
    await anna.does('GET', `/spaces/${space.id}/channels`),
  ];
  const before = await channels();
  const shelf = { name: 'Shelf', type: 'category' };
  const category = await anna.does('POST', `/spaces/${nook.id}/channels`, shelf);
  const row = () => server.app.db.sqlite.query('SELECT * FROM channels WHERE id = ?').get(group.id);
  const was = row();
  for (const patch of [
    { space_id: nook.id },
    { type: 'text' },
    { parent_id: category.id },
    { parent_id: general.id },
    { position: 1, nsfw: true, topic: 'x', rate_limit: 60, allow_anonymous_read: true },
    { permission_overwrites: [{ id: anna.id, type: 'member', allow: ['view_channel'], deny: [] }] },
    { owner_id: anna.id, archived: true },
  ]) {
    await anna.call('PATCH', `/channels/${group.id}`, patch);
    await anna.isRefused(400, 'PATCH', `/channels/${dm.id}`, patch);
    expect({ patch, row: row() }).toEqual({ patch, row: was });
  }
  await anna.does('DELETE', `/channels/${category.id}`);
  expect(await channels()).toEqual(before);
  for (const { id } of [dm, group]) {
    await anna.isRefused(404, 'POST', `/channels/${id}/invites`, {});
    await anna.isRefused(404, 'GET', `/channels/${id}/invites`);
    await anna.isRefused(404, 'GET', `/channels/${id}/permissions`);
    const overwrite = { type: 'member', allow: ['view_channel'], deny: [] };
    await anna.isRefused(404, 'PUT', `/channels/${id}/permissions/${server.admin.id}`, overwrite);
    await anna.isRefused(404, 'POST', `/channels/${id}/messages/bulk-delete`, { messages: [] });
    const order = [{ id, position: 1 }];
    // Ids that are not there are passed over.
    await anna.does('PATCH', `/spaces/${nook.id}/channels`, order);
    expect(row()).toEqual(was);
    const inside = { name: 'inside', parent_id: id };
    await anna.isRefused(400, 'POST', `/spaces/${nook.id}/channels`, inside);
    await anna.isRefused(400, 'PATCH', `/spaces/${nook.id}`, { system_channel_id: id });
  }
});

describe('somebody who was taken out', () => {
  test('gets nothing by RESUME of what was said there, not even before', async () => {
    await using server = await startTest();
    const { anna, bob, cleo } = await people(server, 'anna', 'bob', 'cleo');
    const group = await gathers(anna, bob, cleo);
    const first = await anna.says(group, 'hello');
    const stand = await dropped(await cleo.listens());
    const said = await anna.says(group, `${secret} one`);
    const path = `/channels/${group.id}/messages`;
    await bob.does('PUT', `${path}/${said.id}/reactions/%F0%9F%8D%B2/@me`);
    await anna.does('PUT', `/channels/${group.id}/pins/${said.id}`);
    await anna.does('DELETE', `${path}/${first.id}`);
    await anna.does('DELETE', `/channels/${group.id}/recipients/${cleo.id}`);
    await anna.says(group, `${secret} two`);
    const { ears, missed } = await cleo.resumes(stand.session_id, stand.seq);
    // Ids of what is gone and times of pins, and nothing of what was written.
    const bare = ['channel.pins_update', 'message.delete'];
    expect(typesOf(missed).filter((type) => !bare.includes(type ?? ''))).toEqual([
      'channel.delete',
    ]);
    expect(JSON.stringify(missed)).not.toContain(secret);
    await anna.says(group, `${secret} three`);
    expect(JSON.stringify(await ears.unread())).not.toContain(secret);
  });

  test('and is added again gets what was said while taking part, and nothing from between', async () => {
    await using server = await startTest();
    const { anna, bob, cleo } = await people(server, 'anna', 'bob', 'cleo');
    const group = await gathers(anna, bob, cleo);
    const stand = await dropped(await cleo.listens());
    const path = `/channels/${group.id}/recipients/${cleo.id}`;
    await anna.says(group, 'before');
    await anna.does('DELETE', path);
    await anna.says(group, secret);
    await anna.does('PUT', path);
    await anna.says(group, 'after');
    const { missed } = await cleo.resumes(stand.session_id, stand.seq);
    const texts = missed.flatMap(({ data }) => data['content'] ?? []);
    expect(texts).toEqual(['before', 'after']);
    // What was said in the millisecond of joining may count as unread: no text comes with that.
    const said = ['message.create', 'read_state.update'];
    expect(typesOf(missed).filter((type) => !said.includes(type ?? ''))).toEqual([
      'channel.delete',
      'channel.create',
    ]);
  });

  test('keeps no eye on it: by search, pins, reactions of one’s own, by typing', async () => {
    await using server = await startTest();
    const { anna, bob, cleo } = await people(server, 'anna', 'bob', 'cleo');
    const group = await gathers(anna, bob, cleo);
    const path = `/channels/${group.id}`;
    const again = { content: 'mine', nonce: 'n1' };
    const own = await cleo.does('POST', `${path}/messages`, again);
    const form = () => {
      const made = new FormData();
      made.set('payload_json', JSON.stringify({ content: 'a file', nonce: 'n2' }));
      made.set('files[0]', new File(['text'], 'a.txt'));
      return made;
    };
    expect((await cleo.call('POST', `${path}/messages/upload`, form())).status).toBe(200);
    const emoji = `${path}/messages/${own.id}/reactions/%F0%9F%8D%B2/@me`;
    await cleo.does('PUT', emoji);
    const [cleos] = await listening(
      [cleo],
      ['spaces', 'messages', 'message_reactions', 'message_typing'],
    );
    await anna.does('DELETE', `${path}/recipients/${cleo.id}`);
    expect(typesOf(await cleos.unread())).toEqual(['channel.delete']);
    await bob.does('PUT', emoji);
    await bob.does('POST', `${path}/typing`, {});
    await bob.does('PUT', `${path}/pins/${own.id}`);
    await bob.says(group, 'an answer', { reply_to: own.id });
    await bob.says(group, 'a thread', { thread_id: own.id });
    await bob.says(group, '@cleo');
    await cleos.hearsNothing();
    // What was sent before is not answered once more.
    await cleo.isRefused(403, 'POST', `${path}/messages`, again);
    await cleo.isRefused(403, 'POST', `${path}/messages/upload`, form());
    await cleo.isRefused(403, 'PATCH', `${path}/messages/${own.id}`, { content: 'changed' });
    await cleo.isRefused(403, 'DELETE', `${path}/messages/${own.id}`);
    await cleo.isRefused(403, 'DELETE', emoji);
    await cleo.isRefused(403, 'GET', `${path}/messages/search?query=mine`);
    expect((await cleo.listens()).ready['dm_channels']).toEqual([]);
  });
});

test('somebody who comes later hears nothing by RESUME of what came before', async () => {
  await using server = await startTest();
  const { anna, bob, cleo, dora } = await people(server, 'anna', 'bob', 'cleo', 'dora');
  const group = await gathers(anna, bob, cleo);
  const stand = await dropped(await dora.listens());
  await anna.says(group, secret);
  await anna.does('PATCH', `/channels/${group.id}`, { name: 'ours' });
  await anna.does('PUT', `/channels/${group.id}/recipients/${dora.id}`);
  const { missed } = await dora.resumes(stand.session_id, stand.seq);
  expect(typesOf(missed)).toEqual(['channel.create']);
});

test('nobody who is not there is mentioned, by name, by id, by an edit', async () => {
  await using server = await startTest();
  const { anna, bob, cleo, emil, dm, group } = await conversing(server);
  const [cleos, emils] = await listening([cleo, emil]);
  const text = `@${emil.name} <@${emil.id}> @everyone @here <@&1>`;
  const blank = { mentions: [], mention_everyone: false, mention_roles: [] };
  for (const channel of [dm, group]) {
    const sent = await anna.says(channel, text);
    expect(sent).toMatchObject(blank);
    const path = `/channels/${channel.id}/messages/${sent.id}`;
    expect(await anna.does('PATCH', path, { content: `again ${text}` })).toMatchObject(blank);
  }
  const sent = await anna.says(dm, `@${cleo.name} <@${cleo.id}> @${bob.name}`);
  expect(sent.mentions).toEqual([bob.id]);
  // Cleo is in the group alone.
  for (const { data } of await cleos.unread()) expect(data['channel_id']).toBe(group.id);
  await emils.hearsNothing();
});

test('a preview of a link is shown to the people of that moment, and to nobody else', async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const web = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch() {
      asked.resolve();
      await answer.promise;
      const headers = { 'content-type': 'text/html' };
      return new Response(`<html><head><title>${secret}</title></head></html>`, { headers });
    },
  });
  const network = {
    lookup: async () => ['127.0.0.1'],
    isAllowedAddress: (address: string) => address === '127.0.0.1',
    ports: [web.port ?? 0],
  };
  try {
    await using server = await startTest({ settings: { LINK_PREVIEWS: 'on' }, network });
    const { anna, bob, cleo, dora } = await people(server, 'anna', 'bob', 'cleo', 'dora');
    const group = await gathers(anna, bob, cleo);
    const [bobs, cleos, doras] = await listening([bob, cleo, dora]);
    const sent = await anna.says(group, `http://www.example.org:${web.port}/page`);
    await asked.promise;
    await anna.does('DELETE', `/channels/${group.id}/recipients/${cleo.id}`);
    await anna.does('PUT', `/channels/${group.id}/recipients/${dora.id}`);
    expect(typesOf(await cleos.unread())).toEqual(['message.create', 'channel.delete']);
    answer.resolve();
    for (const ears of [bobs, doras]) {
      const { data } = await ears.hears('message.update', ({ id }) => id === sent.id);
      expect(data['embeds']).toMatchObject([{ title: secret }]);
    }
    await server.app.state(previewQueue).idle();
    await cleos.hearsNothing();
  } finally {
    await web.stop(true);
  }
});

/** The names of the tables in which a text stands. */
function tablesWith({ app: { db } }: TestServer, text: string): string[] {
  const names = db.sqlite
    .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all();
  return names.flatMap(({ name }) =>
    wholeRows(db.sqlite, name).some((row) => row.includes(text)) ? [name] : [],
  );
}

test('of a group that is deleted nothing is left: no message, no file, no name, nothing to find or to resume', async () => {
  await using server = await startTest();
  const { anna, bob, cleo } = await people(server, 'anna', 'bob', 'cleo');
  const group = await gathers(anna, bob, cleo);
  await anna.does('PATCH', `/channels/${group.id}`, { name: 'ours' });
  const stand = await dropped(await bob.listens());
  const { message_id = '' } = await fill(group, anna, bob);
  const file = await sendsFile(bob, group.id, secret);
  const { pathname } = new URL(file.attachments[0].url);
  const served = async () => (await server.call('GET', `/${pathname}`)).status;
  expect(await served()).toBe(200);
  for (const person of [cleo, anna, bob]) {
    await person.does('DELETE', `/channels/${group.id}`);
  }
  expect(await served()).toBe(404);
  const path = `/channels/${group.id}`;
  for (const person of [anna, bob, cleo, server.admin]) {
    for (const more of ['', '/messages', '/pins', `/messages/search?query=${secret}`]) {
      await person.isRefused(404, 'GET', `${path}${more}`);
    }
    await person.isRefused(404, 'GET', `${path}/messages/${message_id}`);
    await person.isRefused(404, 'POST', `${path}/messages`, { content: 'hello?' });
  }
  const { missed } = await bob.resumes(stand.session_id, stand.seq);
  expect(JSON.stringify(missed)).not.toContain(secret);
  expect(typesOf(missed).filter((type) => !type?.startsWith('channel.'))).toEqual([]);
  expect(typesOf(missed).at(-1)).toBe('channel.delete');
  expect(tablesWith(server, secret)).not.toEqual([]);
  while (await server.turn(clearSlice));
  expect(tablesWith(server, secret)).toEqual([]);
  expect(tablesWith(server, message_id)).toEqual([]);
  const indexed = 'SELECT rowid FROM message_search WHERE message_search MATCH ?';
  expect(server.app.db.sqlite.query(indexed).all(secret)).toEqual([]);
  await bob.isRefused(404, 'GET', path);
  const again = await bob.resumes(stand.session_id, stand.seq);
  expect(typesOf(again.missed).filter((type) => !type?.startsWith('channel.'))).toEqual([]);
});

describe('a bot', () => {
  async function botOf(owner: Person) {
    const { application, token } = await owner.does('POST', '/applications', { name: 'Ping' });
    const bot = new Person(owner.server, { id: application.bot_user_id, name: 'Ping', token });
    bot.scheme = 'Bot';
    return { application, bot };
  }

  test('that takes part tells its owner nothing by that', async () => {
    await using server = await startTest();
    const { anna, bob, dora } = await people(server, 'anna', 'bob', 'dora');
    const { bot } = await botOf(dora);
    const group = await gathers(anna, bob, bot);
    const dm = await opens(anna, bot);
    const [bots, doras] = await listening([bot, dora]);
    for (const channel of [dm, group]) {
      await anna.says(channel, secret);
      await bots.hears('message.create', ({ content }) => content === secret);
      await bot.says(channel, 'pong');
      await dora.isRefused(403, 'GET', `/channels/${channel.id}/messages`);
    }
    await doras.hearsNothing();
    expect((await dora.listens()).ready['dm_channels']).toEqual([]);
  });

  test('that is deleted leaves groups at once, and stands in conversations of two as what it was', async () => {
    await using server = await startTest();
    const { anna, bob, dora } = await people(server, 'anna', 'bob', 'dora');
    const { application, bot } = await botOf(dora);
    const group = await gathers(anna, bob, bot);
    const own = await gathers(bot, anna, bob);
    const dm = await opens(anna, bot);
    const [annas] = await listening([anna], ['spaces']);
    await dora.does('DELETE', `/applications/${application.id}`);
    expect((await bot.call('GET', '/users/@me/channels')).status).toBe(401);
    while (await server.turn(clearSlice));
    const recipients = (channel: any) => channel.recipients.map(({ id }: any) => id);
    const told = (await annas.unread()).filter(({ type }) => type === 'channel.update');
    for (const [id, owner_id] of [
      [group.id, anna.id],
      [own.id, expect.any(String)],
    ]) {
      const [update, ...more] = told.filter(({ data }) => data['id'] === id);
      expect(more).toEqual([]);
      expect([update?.data['owner_id'], recipients(update?.data)]).toEqual([owner_id, [bob.id]]);
      expect(update?.data['owner_id']).not.toBe(bot.id);
    }
    const kept = await anna.does('GET', `/channels/${dm.id}`);
    expect(recipients(kept)).toEqual([bot.id]);
    // What there is can be read; nothing new is begun with it.
    expect((await opens(anna, bot)).id).toBe(dm.id);
    await bob.isRefused(403, 'POST', '/users/@me/channels', { recipient_id: bot.id });
    await anna.isRefused(403, 'PUT', `/channels/${group.id}/recipients/${bot.id}`);
    const three = { recipients: [bob.id, bot.id] };
    await anna.isRefused(403, 'POST', '/users/@me/channels', three);
  });
});
