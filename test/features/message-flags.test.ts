// The flags of a message: without previews, which may change, and silent, which may not.
import { expect, test } from 'bun:test';
import { previewQueue } from '../../src/features/talk/previews/queue.ts';
import { uploads } from '../support/forms.ts';
import { dropped } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { deny, empower, listening, world } from '../support/world.ts';

/** A web of one page under any address, which it serves when it is ready. */
function web(ready: () => Promise<void> = () => Promise.resolve()) {
  const asked: string[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      await ready();
      asked.push(new URL(request.url).pathname);
      const page = '<html><head><title>soup</title></head></html>';
      return new Response(page, { headers: { 'content-type': 'text/html' } });
    },
  });
  const port = server.port ?? 0;
  return {
    asked,
    link: (path: string) => `http://www.example.org:${port}${path}`,
    network: {
      lookup: async () => ['127.0.0.1'],
      isAllowedAddress: (address: string) => address === '127.0.0.1',
      ports: [port],
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

const settings = { LINK_PREVIEWS: 'on' };
const looked = (server: TestServer) => server.app.state(previewQueue).idle();

test('a message shows the flags that it was sent with; other bits are passed over', async () => {
  await using server = await startTest();
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  const [bobs] = await listening([bob]);
  const path = `/channels/${general.id}/messages`;
  for (const [given, shown] of [
    [undefined, 0],
    [null, 0],
    [0, 0],
    [4, 4],
    [4096, 4096],
    [4100, 4100],
    [1 | 64 | 4096, 4096],
    [2 ** 31 - 1, 4100],
  ] as const) {
    const sent = await anna.says(general, 'soup', { flags: given });
    expect(sent.flags).toBe(shown);
    expect((await bobs.hears('message.create')).data).toEqual(sent);
    expect(await bob.does('GET', `${path}/${sent.id}`)).toEqual(sent);
    expect((await bob.does('GET', path))[0]).toEqual(sent);
  }
  const files = [{ filename: 'a.txt', bytes: 'peas' }];
  const { data } = await uploads(anna, general, { flags: 4100 }, files);
  expect(data.flags).toBe(4100);
  await bobs.hearsExactly('message.create');
  for (const [wrong, status] of [
    [-1, 400],
    [2 ** 31, 400],
    [1.5, 422],
    ['4', 422],
    [true, 422],
  ] as const) {
    await anna.isRefused(status, 'POST', path, { content: 'soup', flags: wrong });
  }
  await bobs.hearsNothing();
});

test('a link in a message without previews is not asked for', async () => {
  await using site = web();
  await using server = await startTest({ settings, network: site.network });
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  const [bobs] = await listening([bob]);
  const sent = await anna.says(general, site.link('/a'), { flags: 4 });
  await looked(server);
  await anna.does('PATCH', `/channels/${general.id}/messages/${sent.id}`, {
    content: site.link('/b'),
  });
  await looked(server);
  await bobs.hearsExactly('message.create', 'message.update');
  expect(site.asked).toEqual([]);
  await anna.says(general, site.link('/c'), { flags: 4096 });
  await looked(server);
  await bobs.hearsExactly('message.create', 'message.update');
  expect(site.asked).toEqual(['/c']);
});

test('previews go when their author wants none, and come back; it is no edit', async () => {
  await using site = web();
  await using server = await startTest({ settings, network: site.network });
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  const [bobs] = await listening([bob]);
  const sent = await anna.says(general, site.link('/a'), { flags: 4096 });
  const path = `/channels/${general.id}/messages/${sent.id}`;
  await bobs.hears('message.create');
  const shown = (await bobs.hears('message.update')).data;
  expect(shown['embeds']).toHaveLength(1);
  const bare = { ...sent, flags: 4100 };
  expect(await anna.does('PATCH', path, { flags: 4 })).toEqual(bare);
  expect((await bobs.hears('message.update')).data).toEqual(bare);
  expect(await bob.does('GET', path)).toEqual(bare);
  // The same again changes nothing, and the silent bit stays as it was.
  expect(await anna.does('PATCH', path, { flags: 4 })).toEqual(bare);
  expect(await anna.does('PATCH', path, { flags: 4100 })).toEqual(bare);
  await bobs.hearsNothing();
  expect(await anna.does('PATCH', path, { flags: 0 })).toEqual(sent);
  expect((await bobs.hears('message.update')).data).toEqual(sent);
  expect((await bobs.hears('message.update')).data).toEqual(shown);
  await bobs.hearsNothing();
  const plain = await anna.says(general, 'no link');
  const silent = { ...plain, flags: 0 };
  expect(
    await anna.does('PATCH', `/channels/${general.id}/messages/${plain.id}`, { flags: 4096 }),
  ).toEqual(silent);
  await bobs.hearsExactly('message.create');
});

test('a preview that was being made is not shown once nobody wants it', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  await using site = web(() => {
    asked.resolve();
    return promise;
  });
  await using server = await startTest({ settings, network: site.network });
  const { anna, general } = await world(server, 'anna');
  const [annas] = await listening([anna]);
  const sent = await anna.says(general, site.link('/slow'));
  await asked.promise;
  await anna.does('PATCH', `/channels/${general.id}/messages/${sent.id}`, { flags: 4 });
  resolve();
  await looked(server);
  await annas.hearsExactly('message.create', 'message.update');
});

test('embeds that the author made stay, whatever the flags say of previews', async () => {
  await using server = await startTest();
  const { anna, general } = await world(server, 'anna');
  const sent = await anna.says(general, '', { embeds: [{ title: 'soup' }], flags: 4 });
  expect(sent.embeds).toMatchObject([{ title: 'soup' }]);
  const path = `/channels/${general.id}/messages/${sent.id}`;
  for (const flags of [0, 4]) {
    const { embeds } = await anna.does('PATCH', path, { flags });
    expect(embeds).toEqual(sent.embeds);
  }
});

test('who manages messages switches previews of others, also where they may not write, and changes nothing else', async () => {
  await using site = web();
  await using server = await startTest({ settings, network: site.network });
  const home = await world(server, 'anna', 'bob', 'cleo', 'dora');
  const { bob, cleo, dora, space, general, owner } = home;
  await empower(home, cleo, 'manage_messages');
  const [doras] = await listening([dora]);
  const sent = await bob.says(general, site.link('/a'));
  await looked(server);
  await doras.hearsExactly('message.create', 'message.update');
  await deny(home, general, 'send_messages');
  await doras.unread();
  const path = `/channels/${general.id}/messages/${sent.id}`;
  for (const patch of [
    { flags: 4, content: 'mine' },
    { content: 'x' },
    { title: 't' },
    {},
    { embeds: [] },
  ]) {
    await cleo.isRefused(403, 'PATCH', path, patch);
  }
  await cleo.isRefused(403, 'PATCH', path, { flags: 4, allowed_mentions: {} });
  await dora.isRefused(403, 'PATCH', path, { flags: 4 });
  // Its author may not write here any more.
  await bob.isRefused(403, 'PATCH', path, { flags: 4 });
  await doras.hearsNothing();
  const bare = { ...sent, flags: 4 };
  expect(await cleo.does('PATCH', path, { flags: 4, nonsense: 1 })).toEqual(bare);
  expect((await doras.hears('message.update')).data).toEqual(bare);
  await cleo.isRefused(404, 'PATCH', `/channels/${general.id}/messages/1`, { flags: 4 });
  await owner.does('PATCH', `/channels/${general.id}`, { archived: true });
  await cleo.isRefused(403, 'PATCH', path, { flags: 0 });
  await owner.does('PATCH', `/channels/${general.id}`, { archived: false });
  const until = new Date(Date.now() + 3_600_000).toISOString();
  await owner.does('PATCH', `/spaces/${space.id}/members/${cleo.id}`, { timed_out_until: until });
  await cleo.isRefused(403, 'PATCH', path, { flags: 0 });
  expect(await dora.does('GET', path)).toEqual(bare);
});

test('a message that was emptied has no flags, and takes none', async () => {
  await using server = await startTest();
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  const [annas] = await listening([anna]);
  const sent = await bob.says(general, 'soup', { flags: 4100 });
  await anna.says(general, 'yes', { thread_id: sent.id });
  await annas.hearsExactly('message.create', 'message.create', 'message.update');
  const path = `/channels/${general.id}/messages/${sent.id}`;
  await bob.does('DELETE', path);
  const { data } = await annas.hears('message.update');
  expect([data['content'], data['flags']]).toEqual(['', 0]);
  await anna.isRefused(403, 'PATCH', path, { flags: 4 });
  await annas.hearsNothing();
  expect((await anna.does('GET', path)).flags).toBe(0);
});

test('whoever comes back hears of the flags as they are now', async () => {
  await using server = await startTest();
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  const { session_id, seq } = await dropped(await anna.listens());
  const sent = await bob.says(general, 'https://example.org/', { flags: 4096 });
  await bob.does('PATCH', `/channels/${general.id}/messages/${sent.id}`, { flags: 4 });
  const { missed } = await anna.resumes(session_id, seq);
  const told = missed.filter(({ type }) => type?.startsWith('message.'));
  expect(told.map(({ type, data }) => [type, data['flags']])).toEqual([
    ['message.create', 4100],
    ['message.update', 4100],
  ]);
});
