// Files over plain addresses: who gets what, with which headers, and that nothing else gets out.
import { describe, expect, test } from 'bun:test';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Folder } from '../support/folder.ts';
import { uploads } from '../support/forms.ts';
import type { Person } from '../support/person.ts';
import { dataUri, gif, png } from '../support/pictures.ts';
import { startServer } from '../../src/server.ts';
import { logInto, startTest, testConfig, TestServer } from '../support/server.ts';
import { deny, hiddenChannel, world } from '../support/world.ts';

const content = 'abcdefghij'.repeat(1000);

/** A message with one file; answers its attachment with its address in parts. */
async function attached(
  at: { owner: any; general: any },
  bytes: Uint8Array | string = content,
  filename = 'note.txt',
  channel = at.general,
) {
  const { data } = await uploads(at.owner, channel, { content: '' }, [{ filename, bytes }]);
  const [file] = data.attachments;
  const url = new URL(file.url);
  const [, , , channel_id = '', place = '', name = ''] = url.pathname.split('/');
  const [id = '', secret = ''] = place.split('.');
  return { ...file, url: file.url as string, channel_id, id, secret, name };
}

/** Sends a request line as it stands, which no client library would do. */
async function asked(server: TestServer, path: string): Promise<string> {
  const { port } = new URL(server.origin);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

describe('an attachment', () => {
  test('is whole, with headers that keep it harmless', async () => {
    await using server = await startTest();
    const at = await world(server, 'olga');
    const { url } = await attached(at);
    const response = await fetch(url);
    expect(await response.text()).toBe(content);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '10000',
      'content-disposition': `attachment; filename="note.txt"; filename*=UTF-8''note.txt`,
      'cache-control': 'private, max-age=86400',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'cross-origin-resource-policy': 'cross-origin',
      'access-control-allow-origin': '*',
      'accept-ranges': 'bytes',
      etag: expect.stringMatching(/^"[^"]+"$/),
      'last-modified': expect.stringMatching(/GMT$/),
    });
    // Not counted: an avatar list would eat up everybody's requests.
    expect(response.headers.has('x-ratelimit-limit')).toBe(false);
  });

  test('is told to a HEAD with its length and without its bytes', async () => {
    await using server = await startTest();
    const { url } = await attached(await world(server, 'olga'));
    const head = await fetch(url, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe('10000');
    expect(await head.text()).toBe('');
  });

  test('is answered in part, or not again to who has it', async () => {
    await using server = await startTest();
    const { url } = await attached(await world(server, 'olga'));
    const whole = await fetch(url);
    const etag = whole.headers.get('etag') ?? '';
    const part = await fetch(url, { headers: { range: 'bytes=5-9' } });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 5-9/10000',
      'fghij',
    ]);
    const last = await fetch(url, { headers: { range: 'bytes=-3' } });
    expect(await last.text()).toBe('hij');
    const behind = await fetch(url, { headers: { range: 'bytes=10000-' } });
    expect(behind.status).toBe(416);
    const known = await fetch(url, { headers: { 'if-none-match': etag } });
    expect([known.status, await known.text()]).toEqual([304, '']);
    const since = whole.headers.get('last-modified') ?? '';
    expect((await fetch(url, { headers: { 'if-modified-since': since } })).status).toBe(304);
    expect((await fetch(url, { headers: { 'if-match': '"other"' } })).status).toBe(412);
  });

  test('is for everyone who knows its address, and its name in it decides nothing', async () => {
    await using server = await startTest();
    const at = await world(server, 'olga');
    const hidden = await hiddenChannel(at);
    const { url, id, secret, channel_id } = await attached(at, content, 'note.txt', hidden);
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(url.replace('note.txt', 'other%2F..%2Fname'))).status).toBe(200);
    const base = `${server.origin}/cdn/attachments`;
    const wrong = secret.replace(/^./, (digit: string) => (digit === 'a' ? 'b' : 'a'));
    for (const path of [
      `${channel_id}/${id}/note.txt`,
      `${channel_id}/${id}./note.txt`,
      `${channel_id}/${id}.${wrong}/note.txt`,
      `${channel_id}/${id}.${secret}.${secret}/note.txt`,
      `${at.general.id}/${id}.${secret}/note.txt`,
      `${channel_id}/0${id}.${secret}/note.txt`,
      `${channel_id}/1.${secret}/note.txt`,
    ]) {
      const response = await fetch(`${base}/${path}`);
      expect([path, response.status]).toEqual([path, 404]);
      expect(await response.json()).toMatchObject({ error: { code: 'not_found' } });
    }
  });

  test('is found by plain ids exactly where anyone may read', async () => {
    await using server = await startTest();
    const at = await world(server, 'olga');
    const { id, channel_id } = await attached(at);
    const plain = `${server.origin}/cdn/attachments/${channel_id}/${id}/note.txt`;
    expect(await (await fetch(plain)).text()).toBe(content);
    await deny(at, at.general, 'read_history');
    expect((await fetch(plain)).status).toBe(404);
    await at.owner.does('PATCH', `/spaces/${at.space.id}`, { public: false });
    expect((await fetch(plain)).status).toBe(404);
    // Whoever asks: these requests carry no token, and one would make no difference.
    const headers = { authorization: at.owner.authorization };
    expect((await fetch(plain, { headers })).status).toBe(404);
  });

  test('goes with its space', async () => {
    await using server = await startTest();
    const at = await world(server, 'olga');
    const { url } = await attached(at);
    await at.owner.does('DELETE', `/spaces/${at.space.id}`);
    expect((await fetch(url)).status).toBe(404);
  });

  test('whose file is missing is not found', async () => {
    await using server = await startTest();
    const { url, channel_id, id, secret } = await attached(await world(server, 'olga'));
    const file = join(server.app.config.storage_path, 'attachments', channel_id, `${id}.${secret}`);
    await Bun.file(file).delete();
    const response = await fetch(url);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'not_found' } });
    expect(server.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('may be seen in a page only if it can run nothing there', async () => {
    await using server = await startTest();
    const at = await world(server, 'olga');
    const shown = await fetch((await attached(at, png(3, 3), 'a.html')).url);
    expect(shown.headers.get('content-type')).toBe('image/png');
    expect(shown.headers.get('content-disposition')).toStartWith('inline');
    for (const bytes of ['<html><script>1</script>', '<?xml version="1.0"?><svg/>', '%PDF-1.4\n']) {
      const kept = await fetch((await attached(at, bytes, 'a.png')).url);
      expect(kept.headers.get('content-type')).toBe('application/octet-stream');
      expect(kept.headers.get('content-disposition')).toStartWith('attachment');
    }
  });
});

describe('an image of an account or a space', () => {
  const image = dataUri('image/png', png(3, 3));

  test('may be kept for ever, since its address changes with it, and can run nothing', async () => {
    await using server = await startTest();
    const { owner, space } = await world(server, 'olga');
    const both = { icon: image, banner: image };
    const home = await owner.does('PATCH', `/spaces/${space.id}`, both);
    const own = await owner.does('PATCH', '/users/@me', { avatar: image, banner: image });
    const member = `/spaces/${space.id}/members/@me`;
    const { avatar } = await owner.does('PATCH', member, { avatar: image });
    const moving = { name: 'one', image: dataUri('image/gif', gif(2)) };
    const { id } = await owner.does('POST', `/spaces/${space.id}/emojis`, moving);
    for (const [path, type] of [
      [home.icon, 'image/png'],
      [home.icon.replace('/icons/', '/space-icons/'), 'image/png'],
      [home.banner, 'image/png'],
      [own.avatar, 'image/png'],
      [own.banner, 'image/png'],
      [avatar, 'image/png'],
      [`/cdn/emojis/${space.id}/${id}.gif`, 'image/gif'],
      [`/cdn/emojis/${space.id}/${id}.png`, 'image/png'],
      [`/cdn/emojis/${id}.png`, 'image/png'],
    ]) {
      for (const method of ['GET', 'HEAD']) {
        const { status, headers } = await fetch(`${server.origin}${path}`, { method });
        expect({ path, status, ...Object.fromEntries(headers) }).toMatchObject({
          path,
          status: 200,
          'content-type': type,
          'content-disposition': expect.stringMatching(/^inline; filename="\w+\.(png|gif)"/),
          'cache-control': 'public, max-age=31536000, immutable',
          'x-content-type-options': 'nosniff',
          'content-security-policy': "sandbox; default-src 'none'",
          'cross-origin-resource-policy': 'cross-origin',
          'access-control-allow-origin': '*',
        });
      }
    }
  });

  test('is found under the addresses that the Godot client makes of a bare name', async () => {
    await using server = await startTest();
    const owner = await server.person('olga');
    const space = await owner.does('POST', '/spaces', { name: 'Home', icon: image });
    const moving = dataUri('image/gif', gif(2));
    const { banner } = await owner.does('PATCH', `/spaces/${space.id}`, { banner: moving });
    const { banner: own } = await owner.does('PATCH', '/users/@me', { banner: image });
    const nameOf = (address: string) => address.split('/').at(-1)?.split('.')[0];
    for (const path of [
      `/cdn/space-icons/${space.id}/${nameOf(space.icon)}.png`,
      `/cdn/icons/${space.id}/${nameOf(space.icon)}.gif`,
      `/cdn/banners/${space.id}/${nameOf(banner)}.png`,
      `/cdn/banners/${owner.id}/${nameOf(own)}.png`,
    ]) {
      expect([path, (await fetch(`${server.origin}${path}`)).status]).toEqual([path, 200]);
    }
  });

  test('is nobody else’s, and no older or other one', async () => {
    await using server = await startTest();
    const owner = await server.person('olga');
    const other = await server.person('bob');
    const { avatar } = await owner.does('PATCH', '/users/@me', { avatar: image });
    const name = avatar.split('/').at(-1);
    for (const path of [
      `/cdn/avatars/${other.id}/${name}`,
      `/cdn/avatars/${owner.id}_${other.id}/${name}`,
      `/cdn/avatars/${owner.id}/${name.replace('.png', '.txt')}`,
      `/cdn/avatars/${owner.id}/${name.slice(0, 16)}.png`,
      `/cdn/avatars/${owner.id}/.png`,
      `/cdn/avatars/${owner.id}/png`,
      `/cdn/avatars/${owner.id}/`,
      `/cdn/banners/${owner.id}/${name}`,
      `/cdn/icons/${owner.id}/${name}`,
      `/cdn/emojis/${owner.id}.png`,
      '/cdn/embed/avatars/x.png',
      '/cdn/tmp/x',
      '/cdn/',
      '/cdn',
    ]) {
      const response = await fetch(`${server.origin}${path}`);
      expect([path, response.status]).toEqual([path, 404]);
      expect(await response.json()).toMatchObject({ error: { code: 'not_found' } });
    }
  });
});

describe('no address leads out of the store', () => {
  test.each([
    '/cdn/../../../../../../etc/passwd',
    '/cdn/avatars/../../accord.db',
    '/cdn/avatars/%2e%2e/%2e%2e%2faccord.db',
    '/cdn/avatars/..%2f..%2f..%2fetc/passwd.png',
    '/cdn/attachments/..%2f..%2f/etc/passwd',
    '/cdn/attachments/1/..%2f..%2fetc%2fpasswd/x',
    '/cdn/attachments/1/2%00/x',
    '/cdn/emojis/..%2f..%2fetc%2fpasswd.png',
    '/cdn/emojis/%ff%fe.png',
    '/cdn/icons/..%5c..%5c/win.ini.png',
    '/cdn//etc/passwd',
    '//etc/passwd',
  ])('%j', async (path) => {
    await using server = await startTest();
    const answer = await asked(server, path);
    expect(answer).toMatch(/^HTTP\/1.1 (400|404) /);
    expect(answer).not.toContain('root:');
    expect(server.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

test('addresses of files begin with PUBLIC_URL where it is set', async () => {
  const settings = { PUBLIC_URL: 'https://chat.example.org/accord/' };
  await using server = await startTest({ settings });
  const at = await world(server, 'olga');
  const { url } = await attached(at);
  expect(url).toStartWith('https://chat.example.org/accord/cdn/attachments/');
});

test('without PUBLIC_URL they begin with a name of this machine that an instance admin used', async () => {
  using folder = new Folder();
  const made = await startTest({ settings: folder.settings });
  const at = await world(made, 'olga', 'bob');
  const message = await uploads(at.owner, at.general, { content: '' }, [{ bytes: 'x' }]);
  const seenBy = async (server: TestServer, who: Person, host?: string) => {
    const path = `/api/v1/channels/${at.general.id}/messages/${message.data.id}`;
    const response = await fetch(`${server.origin}${path}`, {
      headers: { authorization: who.authorization, ...(host === undefined ? {} : { host }) },
    });
    const { data }: any = await response.json();
    return new URL(data.attachments[0].url).origin;
  };
  const { port } = new URL(made.origin);
  const others = ['localhost', 'evil.example', 'localhost:1', '8.8.8.8'].map(
    (it) => `${it}:${port}`,
  );
  // What members ask for changes nothing for anybody.
  for (const host of others) {
    for (const who of [at.owner, at.bob]) {
      expect([host, await seenBy(made, who, host)]).toEqual([host, made.origin]);
    }
  }
  const { admin } = made;
  await made.call('GET', '/users/@me', undefined, {
    authorization: admin.authorization,
    host: 'evil.example',
  });
  expect(await seenBy(made, at.owner)).toBe(made.origin);
  // The port that a container was given.
  await made.call('GET', '/users/@me', undefined, {
    authorization: admin.authorization,
    host: 'localhost:8080',
  });
  expect(await seenBy(made, at.owner, 'localhost:1')).toBe('http://localhost:8080');
  await made.stop();

  const config = testConfig(folder.settings);
  const again = new TestServer(await startServer({ config, log: logInto([]) }), []);
  expect(await seenBy(again, at.bob)).toBe('http://localhost:8080');
  await again.stop();
});

test('who has no avatar gets one of five, which browsers keep for ever', async () => {
  await using server = await startTest();
  const fetched = async (name: string) => {
    const response = await fetch(`${server.origin}/cdn/embed/avatars/${name}`);
    return { response, bytes: new Uint8Array(await response.arrayBuffer()) };
  };
  const { response, bytes } = await fetched('0.png');
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'image/png',
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'cross-origin',
  });
  expect(await new Bun.Image(bytes).metadata()).toMatchObject({ width: 128, height: 128 });
  const drawn = async (n: string) => Bun.hash((await fetched(`${n}.png`)).bytes);
  const five = await Promise.all(['0', '1', '2', '3', '4'].map(drawn));
  expect(new Set(five).size).toBe(5);
  // Any number is one of them, that of an account too.
  const more = [await drawn('5'), await drawn('182467108236492811')];
  expect(more).toEqual(five.slice(0, 2));
  for (const name of ['x.png', '1.gif', '-1.png', '1', '.png', `${'1'.repeat(21)}.png`]) {
    expect([name, (await fetched(name)).response.status]).toEqual([name, 404]);
  }
});
