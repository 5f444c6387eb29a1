// Encrypted texts: kept and told as they came, in conversations alone, and looked into by nobody.
import { expect, test } from 'bun:test';
import { indexAll } from '../../src/features/talk/search/indexing.ts';
import { previewQueue } from '../../src/features/talk/previews/queue.ts';
import { frameLimit_bytes } from '../../src/events/event.ts';
import { uploads } from '../support/forms.ts';
import { dropped } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { listening, world } from '../support/world.ts';

const prefix = 'daccord-e2ee:1:';

/** A space with three people, and a conversation of the first two. */
async function scene(server: TestServer) {
  const home = await world(server, 'anna', 'bob', 'cleo');
  const { anna, bob } = home;
  const dm = await anna.does('POST', '/users/@me/channels', { recipient_id: bob.id });
  return { ...home, dm, path: `/channels/${dm.id}/messages` };
}

/** A text of so many bytes. */
const sealed = (bytes: number) => prefix + 'x'.repeat(bytes - prefix.length);

const odd = [
  prefix,
  `${prefix} \n\t `,
  `${prefix}{"payload":[1,"a"],"signature":"ab+/="}\r\n`,
  `${prefix}@anna <@1> @everyone https://example.org/ \u200b\ufeff`,
  `${prefix}e\u0301 \u212b \ud83c\udfae \u202e`,
  sealed(4_001),
  sealed(56_000),
];

test('they are kept and told to the letter, from POST, PATCH and forms, over both doors', async () => {
  await using server = await startTest();
  const { anna, bob, dm, path } = await scene(server);
  const [annas, bobs] = await listening([anna, bob]);
  const plain = await anna.says(dm, 'plain text goes on');
  await annas.hearsExactly('message.create');
  await bobs.unread();
  for (const content of odd) {
    const sent = await anna.says(dm, content);
    expect(sent.content === content).toBe(true);
    expect((await bobs.hears('message.create')).data).toEqual(sent);
    expect((await annas.hears('message.create')).data).toEqual(sent);
    expect(await bob.does('GET', `${path}/${sent.id}`)).toEqual(sent);
    expect((await bob.does('GET', `${path}?limit=1`))[0]).toEqual(sent);
    const edited = await anna.does('PATCH', `${path}/${plain.id}`, { content });
    expect(edited.content === content).toBe(true);
    expect((await bobs.hears('message.update')).data).toEqual(edited);
    const form = await uploads(anna, dm, { content }, [
      { filename: 'attachment-0.bin', type: 'application/octet-stream', bytes: 'xyz' },
    ]);
    expect([form.status, form.data.content === content]).toEqual([200, true]);
    expect((await bobs.hears('message.create')).data).toEqual(form.data);
    await annas.unread();
    for (const one of [sent, edited, form.data]) {
      expect([one.mentions, one.mention_roles, one.mention_everyone]).toEqual([[], [], false]);
    }
  }
  await bobs.hearsNothing();
});

test('one fits as long as its event does: beyond it is 413, whichever way it comes', async () => {
  await using server = await startTest();
  const { anna, bob, dm, path } = await scene(server);
  const plain = await anna.says(dm, 'plain');
  const [bobs] = await listening([bob]);
  // Quotes take two bytes each in an event, as does every control character six.
  const quoted = (count: number) => prefix + '"'.repeat(count);
  const files = [{ filename: 'attachment-0.bin', type: 'application/octet-stream', bytes: 'x' }];
  for (const content of [
    sealed(62_000),
    sealed(frameLimit_bytes + 1),
    sealed(250_000),
    quoted(32_000),
    prefix + '\u00e9'.repeat(32_000),
    prefix + '\u0001'.repeat(12_000),
  ]) {
    for (const refused of [
      await anna.call('POST', path, { content }),
      await anna.call('PATCH', `${path}/${plain.id}`, { content }),
    ]) {
      expect([refused.status, refused.code]).toEqual([413, 'payload_too_large']);
    }
    // A form's JSON has its own bound of the same status.
    const form = await uploads(anna, dm, { content }, files);
    expect([form.status, form.body.error.code]).toEqual([413, 'payload_too_large']);
  }
  await bobs.hearsNothing();
  expect((await bob.does('GET', path)).map(({ id }: any) => id)).toEqual([plain.id]);
  for (const content of [sealed(60_000), quoted(29_900), prefix + '\u00e9'.repeat(29_900)]) {
    const sent = await anna.says(dm, content);
    expect((await bobs.hears('message.create')).data['content'] === content).toBe(true);
    await anna.does('PATCH', `${path}/${sent.id}`, { content: `${content}!` });
    await bobs.hears('message.update');
  }
});

test('what could not come back as it was is refused', async () => {
  await using server = await startTest();
  const { anna, dm, path } = await scene(server);
  for (const content of [`${prefix}\0`, `${prefix}\ud800`]) {
    const { body } = await anna.isRefused(400, 'POST', path, { content });
    expect(Object.keys(body.error.details)).toEqual(['content']);
  }
  // What does not begin so is ordinary text, also in a conversation.
  for (const content of [
    ` ${sealed(4_001)}`,
    sealed(4_001).toUpperCase(),
    'daccord-e2ee:2:'.padEnd(4_001, 'x'),
  ]) {
    await anna.isRefused(400, 'POST', path, { content });
  }
  await anna.says(dm, ` ${sealed(3_999)}`);
});

test('in a space such a text is text like any other', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await scene(server);
  const path = `/channels/${general.id}/messages`;
  const sent = await anna.says(general, `${prefix} <@${bob.id}> @everyone teapot`);
  expect([sent.mentions, sent.mention_everyone]).toEqual([[bob.id], true]);
  expect((await anna.says(general, sealed(4_000))).content).toBe(sealed(4_000));
  const games = prefix + '\u{1f3ae}'.repeat(4_000 - prefix.length);
  expect((await anna.says(general, games)).content === games).toBe(true);
  expect((await anna.says(general, `${prefix}\ud800`)).content).toBe(`${prefix}\ufffd`);
  for (const content of [sealed(4_001), `${games}x`, sealed(60_000), `${prefix}\0`]) {
    for (const refused of [
      await anna.isRefused(400, 'POST', path, { content }),
      await anna.isRefused(400, 'PATCH', `${path}/${sent.id}`, { content }),
    ]) {
      expect(Object.keys(refused.body.error.details)).toEqual(['content']);
    }
    const form = await uploads(anna, general, { content }, [{ filename: 'a', bytes: 'x' }]);
    expect([form.status, Object.keys(form.body.error.details)]).toEqual([400, ['content']]);
  }
  const found = await bob.does('GET', `/spaces/${space.id}/messages/search?query=teapot`);
  expect(found.map(({ id }: any) => id)).toEqual([sent.id]);
});

/** The texts that the index can be asked for, by the ids of their messages. */
function indexed({ app }: TestServer, word: string): number[] {
  return app.db.sqlite
    .query<{ id: number }, [string]>(
      'SELECT rowid AS id FROM message_search WHERE message_search MATCH ? ORDER BY rowid',
    )
    .all(`content:${word}`)
    .map(({ id }) => id);
}

test('the index does not hold them: new ones, edited ones, ones that were plain; others do not wait behind them', async () => {
  await using server = await startTest();
  const { anna, dm, path, space, general } = await scene(server);
  const secret = `${prefix} teapot`;
  await anna.says(dm, secret, { title: 'teapot' });
  const plain = await anna.says(dm, 'teapot');
  const spoken = await anna.says(general, 'teapot');
  await indexAll(server.app);
  const only = indexed(server, 'teapot');
  expect(only).toHaveLength(2);
  await anna.does('PATCH', `${path}/${plain.id}`, { content: secret });
  await anna.does('PATCH', `${path}/${plain.id}`, { content: `${secret} kettle` });
  expect(indexed(server, 'teapot')).toHaveLength(1);
  expect(indexed(server, 'kettle')).toEqual([]);
  const form = await uploads(anna, dm, { content: secret }, [{ filename: 'a', bytes: 'x' }]);
  expect(form.status).toBe(200);
  await indexAll(server.app);
  expect(indexed(server, 'teapot')).toHaveLength(1);
  const found = await anna.does('GET', `/spaces/${space.id}/messages/search?query=teapot`);
  expect(found.map(({ id }: any) => id)).toEqual([spoken.id]);
  // What anybody can see of them finds them, and no word does.
  const inside = async (query: string) =>
    (await anna.does('GET', `${path}/search?${query}`)).map(({ id }: any) => id);
  for (const word of ['teapot', 'kettle', 'daccord', 'e2ee']) {
    expect(await inside(`query=${word}`)).toEqual([]);
  }
  expect(await inside('has_attachment=true')).toEqual([form.data.id]);
  await anna.does('PATCH', `${path}/${plain.id}`, { content: 'teapot' });
  expect(await inside('query=teapot')).toEqual([plain.id]);
  expect(indexed(server, 'teapot')).toHaveLength(2);
  await anna.does('DELETE', `${path}/${plain.id}`);
  expect(indexed(server, 'teapot')).toHaveLength(1);
});

test('no link in them is asked for; previews of a text that was plain go', async () => {
  const asked: string[] = [];
  using site = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch({ url }) {
      asked.push(new URL(url).pathname);
      return new Response('<title>soup</title>', { headers: { 'content-type': 'text/html' } });
    },
  });
  const network = {
    lookup: async () => ['127.0.0.1'],
    isAllowedAddress: () => true,
    ports: [site.port ?? 0],
  };
  await using server = await startTest({ settings: { LINK_PREVIEWS: 'on' }, network });
  const { anna, bob, dm, path } = await scene(server);
  const link = (at: string) => `http://www.example.org:${site.port}${at}`;
  const looked = () => server.app.state(previewQueue).idle();
  await anna.says(dm, `${prefix} ${link('/sealed')}`);
  const plain = await anna.says(dm, link('/plain'));
  await looked();
  expect(asked).toEqual(['/plain']);
  const edit = async (content: string) => {
    await anna.does('PATCH', `${path}/${plain.id}`, { content });
    await looked();
    return (await bob.does('GET', `${path}/${plain.id}`)).embeds;
  };
  expect((await bob.does('GET', `${path}/${plain.id}`)).embeds).toHaveLength(1);
  expect(await edit(`${prefix} ${link('/plain')}`)).toEqual([]);
  expect(await edit(`${prefix} ${link('/other')}`)).toEqual([]);
  expect(await edit(link('/again'))).toHaveLength(1);
  expect(asked).toEqual(['/plain', '/again']);
});

test('their files are kept as they came, whatever they look like, and fetched without a token', async () => {
  await using server = await startTest();
  const { anna, general, dm } = await scene(server);
  // What begins like a photo, and is none.
  const jpeg = Buffer.concat([Buffer.from('ffd8ffe1ffff', 'hex'), Buffer.alloc(5_000, 7)]);
  const gif = Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(300, 255)]);
  const riddle = Buffer.from(crypto.getRandomValues(new Uint8Array(40_000)));
  const files = [jpeg, gif, riddle, Buffer.alloc(0)].map((bytes, n) => ({
    filename: `attachment-${n}.bin`,
    type: 'application/octet-stream',
    bytes,
  }));
  const { status, data } = await uploads(anna, dm, { content: sealed(200) }, files);
  expect(status).toBe(200);
  for (const [n, { bytes, filename }] of files.entries()) {
    const attachment = data.attachments[n];
    expect(attachment).toMatchObject({
      filename,
      content_type: 'application/octet-stream',
      size: bytes.length,
      width: null,
      height: null,
    });
    const served = await fetch(attachment.url, { redirect: 'error' });
    expect(served.headers.get('content-type')).toBe('application/octet-stream');
    expect(Buffer.from(await served.bytes()).equals(bytes)).toBe(true);
  }
  // Elsewhere a file is what its bytes are, as ever.
  const [, , , ...none] = files;
  expect(none).toHaveLength(1);
  const seen = await uploads(anna, general, { content: sealed(200) }, files.slice(1, 2));
  expect(seen.data.attachments[0].content_type).toBe('image/gif');
});

test('they are answered, have threads and reactions, and go like any other', async () => {
  await using server = await startTest();
  const { anna, bob, dm, path } = await scene(server);
  const first = await anna.says(dm, sealed(60_000));
  const [bobs] = await listening([bob]);
  const reply = await bob.says(dm, sealed(60_000), { reply_to: first.id });
  expect(reply.reply_to).toBe(first.id);
  const inside = await bob.says(dm, sealed(500), { thread_id: first.id });
  expect(inside.thread_id).toBe(first.id);
  await bobs.hearsExactly('message.create', 'message.create', 'message.update');
  const names = Array.from({ length: 25 }, (_, n) => `${n}`.padStart(64, 'e'));
  for (const name of names) await bob.does('PUT', `${path}/${first.id}/reactions/${name}/@me`);
  await bob.isRefused(400, 'PUT', `${path}/${first.id}/reactions/one_more/@me`);
  await bobs.hears('reaction.add');
  await bobs.unread();
  // With all of them it still fits.
  const edited = await anna.does('PATCH', `${path}/${first.id}`, { content: `${sealed(60_000)}!` });
  const heard = await bobs.frame(({ type }) => type === 'message.update', 'the edit');
  expect(Buffer.byteLength(JSON.stringify(heard))).toBeLessThanOrEqual(frameLimit_bytes);
  expect(edited.reactions).toHaveLength(25);
  await bobs.unread();
  await anna.does('DELETE', `${path}/${first.id}`);
  const { data } = await bobs.hears('message.update');
  expect([data['content'], data['reply_count']]).toEqual(['', 1]);
});

test('a message with many reactions takes no text with which its event would not fit', async () => {
  await using server = await startTest();
  const { anna, bob, dm, path } = await scene(server);
  const plain = await anna.says(dm, 'plain');
  const names = Array.from({ length: 50 }, (_, n) => `${n}`.padStart(64, 'e'));
  for (const name of names) await bob.does('PUT', `${path}/${plain.id}/reactions/${name}/@me`);
  const edit = (bytes: number) =>
    anna.call('PATCH', `${path}/${plain.id}`, { content: sealed(bytes) });
  expect((await edit(60_000)).status).toBe(413);
  expect((await edit(50_000)).status).toBe(200);
});

test('whoever comes back gets them as they were sent', async () => {
  await using server = await startTest();
  const { anna, bob, dm } = await scene(server);
  const { session_id, seq } = await dropped(await bob.listens());
  for (const content of odd) await anna.says(dm, content);
  const { missed } = await bob.resumes(session_id, seq);
  const told = missed.filter(({ type }) => type === 'message.create');
  expect(told.map(({ data }) => data['content'])).toEqual(odd);
});
