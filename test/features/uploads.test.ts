// Messages with files: what is accepted, what is refused, and what stays on the disk.
import { describe, expect, test } from 'bun:test';
import { connect } from 'node:net';
import { join } from 'node:path';
import { attachments, file_removals } from '../../src/db/schema/files.ts';
import { instance } from '../../src/db/schema/people.ts';
import { FakeClock } from '../support/clock.ts';
import { Folder } from '../support/folder.ts';
import { form, formType, uploads, type TestFile } from '../support/forms.ts';
import { gif, jpeg, pixelBomb, png, webp } from '../support/pictures.ts';
import { ServerProcess, serverCommand } from '../support/process.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { filesBelow, filesOf, removed, until } from '../support/stored.ts';
import { deny, hiddenChannel, listening, world } from '../support/world.ts';

/** Changes what holds for the whole server. */
function limit(server: TestServer, change: Partial<typeof instance.$inferInsert>): Promise<void> {
  return server.turn(({ tx }) => tx.orm.update(instance).set(change).run());
}

const text = (bytes: string, filename = 'note.txt'): TestFile => ({
  filename,
  type: 'text/plain',
  bytes,
});

test('a message with files reaches everyone who may view the channel, the files whole and in order', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  const [bobs] = await listening([bob]);
  const picture = png(21, 10);
  const sent = await uploads(owner, general, { content: 'look' }, [
    { filename: 'a picture (1).png', type: 'image/png', bytes: picture },
    text('hello'),
    { filename: 'empty.bin', bytes: '' },
  ]);
  expect(sent.status).toBe(200);
  const { attachments: files } = sent.data;
  expect(files).toEqual([
    expect.objectContaining({ filename: 'a picture (1).png', content_type: 'image/png' }),
    expect.objectContaining({ filename: 'note.txt', content_type: 'text/plain', size: 5 }),
    expect.objectContaining({ filename: 'empty.bin', content_type: 'application/octet-stream' }),
  ]);
  expect(files[0]).toMatchObject({ size: picture.length, width: 21, height: 10 });
  expect(files[1]).toMatchObject({ width: null, height: null, description: null });
  expect((await bobs.hears('message.create')).data).toEqual(sent.data);
  await bobs.hearsNothing();

  const again = await owner.does('GET', `/channels/${general.id}/messages/${sent.data.id}`);
  expect(again).toEqual(sent.data);
  for (const [index, bytes] of [picture, Buffer.from('hello'), Buffer.alloc(0)].entries()) {
    expect(files[index].url).toStartWith(`${server.origin}/cdn/attachments/${general.id}/`);
    const served = await fetch(files[index].url);
    expect(served.status).toBe(200);
    expect(Buffer.compare(Buffer.from(await served.bytes()), bytes)).toBe(0);
  }
});

test.each(['files[0]', 'files[]', 'file[7]', 'files', 'file', 'attachment'])(
  'a file arrives in a part named %j, and needs no text',
  async (name) => {
    await using server = await startTest();
    const { owner, general } = await world(server, 'olga');
    for (const payload of [{}, { content: null }, { content: '' }]) {
      const sent = await uploads(owner, general, payload, [{ ...text('peas'), name }]);
      expect(sent.data).toMatchObject({ content: '', attachments: [{ size: 4 }] });
    }
    const field = { name: 'photo', bytes: 'a field that nobody reads' };
    expect((await uploads(owner, general, { content: 'x' }, [field])).data.attachments).toEqual([]);
  },
);

test('a name that is given twice counts in its full spelling', async () => {
  await using server = await startTest();
  const { owner, general } = await world(server, 'olga');
  const named = async (filename: string) => {
    const sent = await uploads(owner, general, {}, [{ name: 'files[0]', filename, bytes: 'x' }]);
    return sent.data.attachments[0].filename;
  };
  // The helper closes the quotes.
  const both = (encoded: string) => `_.txt"; filename*=${encoded}; x="`;
  expect(await named(both("UTF-8''%D1%91%C3%BC.txt"))).toBe('ёü.txt');
  expect(await named(both("iso-8859-1'en'%FC.txt"))).toBe('ü.txt');
  expect(await named(both("UTF-8''%FF"))).toBe('_.txt');
  expect(await named(both("x''y"))).toBe('_.txt');
});

test('a field of a form in which no file was chosen is none', async () => {
  await using server = await startTest();
  const { owner, general } = await world(server, 'olga');
  const unchosen = (name: string) => ({ ...text('', ''), name });
  const fields = [unchosen('files'), text('x'), unchosen('avatar'), unchosen('file')];
  const { data } = await uploads(owner, general, { content: 'a form' }, fields);
  expect(data.attachments.map(({ size }: { size: number }) => size)).toEqual([1]);
  const alone = await uploads(owner, general, { content: 'a form' }, [unchosen('files')]);
  expect(alone.data.attachments).toEqual([]);
  const nothing = await uploads(owner, general, {}, [unchosen('files')]);
  expect(nothing.status).toBe(400);
  const named = await uploads(owner, general, {}, [text('', 'empty.txt')]);
  expect(named.data.attachments).toMatchObject([{ filename: 'empty.txt', size: 0 }]);
  await until(async () => (await filesOf(server)).length === 2);
});

test('the type of a file is what its bytes are, whatever its name and its part say', async () => {
  await using server = await startTest();
  const { owner, general } = await world(server, 'olga');
  const script = '<!doctype html><script>alert(1)</script>';
  const sent = await uploads(owner, general, { content: '' }, [
    { filename: 'really.png', type: 'image/png', bytes: script },
    { filename: 'movie.html', type: 'text/html', bytes: gif(1) },
    { filename: 'x.svg', type: 'image/svg+xml', bytes: '<svg onload="alert(1)"/>' },
    { filename: 'photo.png', type: 'image/png', bytes: await jpeg() },
    { filename: 'w', bytes: await webp() },
    { filename: 'odd', type: 'text/html\x7f; a', bytes: 'x' },
  ]);
  const types = sent.data.attachments.map((one: any) => one.content_type);
  expect(types).toEqual([
    'image/png',
    'image/gif',
    'image/svg+xml',
    'image/jpeg',
    'image/webp',
    'application/octet-stream',
  ]);
  const [lie, image, drawing] = sent.data.attachments;
  // What the client said stands in JSON alone.
  for (const { url } of [lie, drawing]) {
    const { headers } = await fetch(url);
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(headers.get('content-disposition')).toStartWith('attachment;');
  }
  const { headers } = await fetch(image.url);
  expect(headers.get('content-type')).toBe('image/gif');
  expect(headers.get('content-disposition')).toStartWith('inline;');
});

/** Sends a file of that name; it is shown, fetched and kept, and nothing of the name is on the disk. */
async function isHarmless(filename: string, shown: string, safe: string): Promise<void> {
  await using server = await startTest();
  const { owner, general } = await world(server, 'olga');
  const sent = await uploads(owner, general, { content: '' }, [{ filename, bytes: 'x' }]);
  expect(sent.status).toBe(200);
  const [file] = sent.data.attachments;
  expect(file.filename).toBe(shown);
  expect(decodeURIComponent(new URL(file.url).pathname)).toEndWith(`/${safe}`);
  const served = await fetch(file.url);
  expect(await served.text()).toBe('x');
  const disposition = served.headers.get('content-disposition') ?? '';
  expect(disposition).not.toMatch(/\p{Cc}/u);
  const encoded = /filename\*=UTF-8''(.*)$/.exec(disposition)?.[1] ?? '';
  expect(decodeURIComponent(encoded)).toBe(shown);
  expect(await filesOf(server)).toEqual([
    expect.stringMatching(/^attachments\/\d+\/\d+\.[0-9a-f]{32}$/),
  ]);
}

describe('the name of a file', () => {
  test.each([
    ['../../../etc/passwd', 'passwd', 'passwd'],
    ['..\\..\\boot.ini', 'boot.ini', 'boot.ini'],
    ['a"b.png', 'a"b.png', 'a_b.png'],
    ['a\\"b".png', 'a"b".png', 'a_b_.png'],
    ['ex\u202Egnp.exe', 'exgnp.exe', 'exgnp.exe'],
    ['a\tb\x01c\x7f.txt', 'abc.txt', 'abc.txt'],
    ['%0d%0aSet-Cookie: x', 'Set-Cookie: x', 'Set-Cookie__x'],
    ['...', 'attachment', 'attachment'],
    ['', 'attachment', 'attachment'],
    ['Änderung 100%.pdf', 'Änderung 100%.pdf', 'Änderung_100_.pdf'],
    ['a\u200Fb\u061Cc\u2067d.txt', 'abcd.txt', 'abcd.txt'],
    ['a\0b\x1b[31mc.txt', 'ab[31mc.txt', 'ab_31mc.txt'],
    ['.', 'attachment', 'attachment'],
    ['..', 'attachment', 'attachment'],
    ['../..', 'attachment', 'attachment'],
    ['a/..', 'attachment', 'attachment'],
    [' ', 'attachment', 'attachment'],
    ['.htaccess', '.htaccess', 'htaccess'],
    ['%2e%2e%2fpasswd', '%2e%2e%2fpasswd', '_2e_2e_2fpasswd'],
    // What they mean on Windows they mean as the name of a file there; none of ours has it.
    ['CON', 'CON', 'CON'],
    ['nul.txt', 'nul.txt', 'nul.txt'],
    ['C:\\Windows\\COM1.png', 'COM1.png', 'COM1.png'],
    ['a.txt::$DATA', 'a.txt::$DATA', 'a.txt___DATA'],
    ['lpt1. ', 'lpt1.', 'lpt1.'],
  ])('%j is shown as %j and never becomes a path', isHarmless);

  test.each([
    ['x', 251, 136],
    ['猫', 251, 45],
  ])('of 300 times %j and an ending is cut, and keeps the ending', async (letter, shown, safe) => {
    const named = (length: number) => `${letter.repeat(length)}.png`;
    await isHarmless(named(300), named(shown), named(safe));
  });
});

describe('refused is', () => {
  const one = [text('x')];
  const cases: [string, number, unknown, TestFile[]][] = [
    ['a form without payload_json', 400, undefined, one],
    ['a payload that is not JSON', 400, '{"content":', one],
    ['neither content nor a file', 400, {}, []],
    ['a file in a part of another name', 400, { content: 'x' }, [{ ...text('x'), name: 'file0' }]],
    ['one of them among others', 400, {}, [text('x'), { ...text('x'), name: 'Files[1]' }]],
    ['a nameless one', 400, { content: 'x' }, [{ ...text('x', ''), name: 'upload' }]],
    ['a payload of a wrong shape', 422, { content: 7 }, one],
    ['a payload that is no object', 422, [], one],
    ['a text that is too long', 400, { content: 'x'.repeat(4001) }, one],
    ['no text and no file', 400, { content: ' ' }, []],
    ['an answer to nothing', 400, { content: '', reply_to: '1' }, one],
    ['a payload without end', 413, JSON.stringify({ content: 'x'.repeat(300_000) }), one],
    ['an eleventh file', 400, { content: '' }, Array.from({ length: 11 }, () => text('x'))],
  ];
  test.each(cases)('%s: %d', async (_name, status, payload, files) => {
    await using server = await startTest();
    const { owner, general } = await world(server, 'olga');
    const [heard] = await listening([owner]);
    const refused = await uploads(owner, general, payload, files);
    expect({ status: refused.status, body: refused.body }).toEqual({
      status,
      body: { error: expect.objectContaining({ message: expect.any(String) }) },
    });
    await heard.hearsNothing();
    expect(await filesOf(server)).toEqual([]);
    expect(server.app.db.orm.select().from(attachments).all()).toEqual([]);
  });

  test('a file that is too large: 413, by the limit of the moment', async () => {
    await using server = await startTest();
    const { owner, general } = await world(server, 'olga');
    await limit(server, { max_attachment_size: 1000, max_attachments_per_message: 2 });
    const fits = await uploads(owner, general, { content: '' }, [text('x'.repeat(1000))]);
    expect(fits.status).toBe(200);
    const large = [text('small'), text('x'.repeat(1001))];
    expect((await uploads(owner, general, { content: '' }, large)).status).toBe(413);
    const many = [text('1'), text('2'), text('3')];
    expect((await uploads(owner, general, { content: '' }, many)).status).toBe(400);
    expect(await filesOf(server)).toHaveLength(1);
    const messages = await owner.does('GET', `/channels/${general.id}/messages`);
    expect(messages).toHaveLength(1);
  });

  test('no more and no less than the settings of the moment say', async () => {
    await using server = await startTest();
    const { owner, general } = await world(server, 'olga');
    const send = async (files: TestFile[]) =>
      (await uploads(owner, general, { content: '' }, files)).status;
    const many = (count: number) => Array.from({ length: count }, (_, n) => text(`${n}`));
    await limit(server, { max_attachments_per_message: 12 });
    expect([await send(many(12)), await send(many(13))]).toEqual([200, 400]);
    const [newest] = await owner.does('GET', `/channels/${general.id}/messages`);
    const sizes = newest.attachments.map(({ size }: { size: number }) => size);
    expect(sizes).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2]);

    const large = [text('x'.repeat(26_214_401))];
    expect(await send(large)).toBe(413);
    await limit(server, { max_attachment_size: 26_214_401 });
    expect(await send(large)).toBe(200);
    await limit(server, { max_attachment_size: 26_214_400 });
    expect(await send(large)).toBe(413);
    expect(await filesOf(server)).toHaveLength(13);
  });

  test.each([
    ['application/json', '{}'],
    ['multipart/form-data', 'x'],
    [formType, 'no boundary in it'],
    [formType, form({ content: 'x' }, [text('x')]).subarray(0, -20)],
  ])('a body of type %j that is no form: 400', async (type, body) => {
    await using server = await startTest();
    const { owner, general } = await world(server, 'olga');
    const response = await fetch(`${server.origin}/api/v1/channels/${general.id}/messages/upload`, {
      method: 'POST',
      headers: { authorization: owner.authorization, 'content-type': type },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_request' } });
    expect(await filesOf(server)).toEqual([]);
  });
});

describe('who may not send files', () => {
  test('is refused without attach_files, with what comes without files allowed', async () => {
    await using server = await startTest();
    const at = await world(server, 'olga', 'bob');
    const { bob } = at;
    await deny(at, at.general, 'attach_files');
    const refused = await uploads(bob, at.general, { content: 'x' }, [text('x')]);
    expect([refused.status, refused.message]).toEqual([403, 'missing permission: attach_files']);
    expect((await uploads(bob, at.general, { content: 'x' }, [])).status).toBe(200);
    expect(await filesOf(server)).toEqual([]);
  });

  test('is refused before the first byte is read', async () => {
    await using server = await startTest();
    const at = await world(server, 'olga', 'bob');
    const hidden = await hiddenChannel(at);
    const { port } = new URL(server.origin);
    const { bob } = at;
    const answered = Promise.withResolvers<string>();
    const socket = connect(Number(port), '127.0.0.1', () => {
      // A hundred megabytes are announced, and nothing of them ever comes.
      socket.write(
        `POST /api/v1/channels/${hidden.id}/messages/upload HTTP/1.1\r\nHost: x\r\n` +
          `Authorization: ${bob.authorization}\r\nContent-Type: ${formType}\r\n` +
          'Content-Length: 100000000\r\n\r\n',
      );
    });
    socket.once('data', (data) => answered.resolve(data.toString()));
    const answer = await answered.promise;
    expect(answer).toStartWith('HTTP/1.1 403');
    socket.destroy();
  });

  test('loses the right while uploading: the second judgement counts, and nothing stays', async () => {
    await using server = await startTest();
    const at = await world(server, 'olga', 'bob');
    const { bob } = at;
    const body = form({ content: 'late' }, [text('x'.repeat(5000))]);
    const begun = Promise.withResolvers<void>();
    const kicked = Promise.withResolvers<void>();
    const stream = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(body.subarray(0, 2000));
        begun.resolve();
        await kicked.promise;
        controller.enqueue(body.subarray(2000));
        controller.close();
      },
    });
    const sending = fetch(`${server.origin}/api/v1/channels/${at.general.id}/messages/upload`, {
      method: 'POST',
      headers: { authorization: bob.authorization, 'content-type': formType },
      body: stream,
    });
    await begun.promise;
    await until(async () => (await filesOf(server)).length === 1);
    await at.owner.does('DELETE', `/spaces/${at.space.id}/members/${bob.id}`);
    kicked.resolve();
    expect((await sending).status).toBe(403);
    expect(await filesOf(server)).toEqual([]);
  });

  test('needs every other right of a message as well', async () => {
    await using server = await startTest();
    const at = await world(server, 'olga', 'bob');
    const { bob } = at;
    const speak = { content: 'x', tts: true };
    expect((await uploads(bob, at.general, speak, [text('x')])).status).toBe(403);
    await at.owner.does('PATCH', `/channels/${at.general.id}`, { rate_limit: 60 });
    expect((await uploads(bob, at.general, { content: 'x' }, [text('x')])).status).toBe(200);
    const early = await uploads(bob, at.general, { content: 'x' }, [text('x')]);
    expect(early.status).toBe(429);
    expect(await filesOf(server)).toHaveLength(1);
  });
});

test('a client that goes away in the middle leaves nothing', async () => {
  await using server = await startTest();
  const { owner, general } = await world(server, 'olga');
  const [heard] = await listening([owner]);
  const body = form({ content: 'gone' }, [text('x'.repeat(100_000))]);
  const { port } = new URL(server.origin);
  const socket = connect(Number(port), '127.0.0.1', () => {
    socket.write(
      `POST /api/v1/channels/${general.id}/messages/upload HTTP/1.1\r\nHost: x\r\n` +
        `Authorization: ${owner.authorization}\r\nContent-Type: ${formType}\r\n` +
        `Content-Length: ${body.length}\r\n\r\n`,
    );
    socket.write(body.subarray(0, 50_000));
  });
  await until(async () => (await filesOf(server)).length === 1);
  socket.destroy();
  await until(async () => (await filesOf(server)).length === 0);
  await heard.hearsNothing();
  expect(server.logged.filter(({ level }) => level === 'error')).toEqual([]);
});

test('an image with too many pixels is a file like any other, its size told without decoding it', async () => {
  await using server = await startTest();
  const { owner, general } = await world(server, 'olga');
  const sent = await uploads(owner, general, { content: '' }, [
    { filename: 'bomb.png', bytes: pixelBomb() },
    { filename: 'broken.png', bytes: png(5, 5).subarray(0, 20) },
  ]);
  expect(sent.data.attachments).toMatchObject([
    { width: 16_000, height: 16_000 },
    { width: null, height: null },
  ]);
});

describe('files go with', () => {
  test('their message', async () => {
    await using server = await startTest();
    const { owner, general } = await world(server, 'olga');
    const { data } = await uploads(owner, general, { content: 'x' }, [text('1'), text('2')]);
    expect(await filesOf(server)).toHaveLength(2);
    await owner.does('DELETE', `/channels/${general.id}/messages/${data.id}`);
    expect((await fetch(data.attachments[0].url)).status).toBe(404);
    await removed(server);
    expect(await filesOf(server)).toEqual([]);
    expect(server.app.db.orm.select().from(file_removals).all()).toEqual([]);
  });

  test('their channel, at once for readers and in time from the disk', async () => {
    const clock = new FakeClock();
    await using server = await startTest({ clock });
    const { owner, space } = await world(server, 'olga');
    const channel = await owner.does('POST', `/spaces/${space.id}/channels`, { name: 'other' });
    const { data } = await uploads(owner, channel, { content: 'x' }, [text('1')]);
    await owner.does('DELETE', `/channels/${channel.id}`);
    expect((await fetch(data.attachments[0].url)).status).toBe(404);
    await until(async () => {
      await clock.pass(1_000);
      return (await filesOf(server)).length === 0;
    });
  });
});

test('an edit may empty the text of a message that has a file', async () => {
  await using server = await startTest();
  const { owner, general } = await world(server, 'olga');
  const { data } = await uploads(owner, general, { content: 'x' }, [text('1')]);
  const path = `/channels/${general.id}/messages/${data.id}`;
  const edited = await owner.does('PATCH', path, { content: '' });
  expect(edited).toMatchObject({ content: '', attachments: data.attachments });
});

test('a file of 200 MiB is stored with little memory, once the limit allows it', async () => {
  using folder = new Folder();
  const storage = join(folder.path, 'files');
  const settings = { ...folder.settings, ACCORD_STORAGE_PATH: storage };
  const prepared = await startTest({ settings });
  const { owner, general } = await world(prepared, 'olga');
  await limit(prepared, { max_attachment_size: 250 * 1024 * 1024 });
  await prepared.stop();

  // A process of its own, so that the memory measured is the server's; answers the most that it had.
  await using server = await ServerProcess.start(serverCommand(null), settings);
  const frame = form({ content: 'large' }, [{ filename: 'large.bin', bytes: '@' }]);
  const at = frame.lastIndexOf('@\r\n');
  const takes = async (mebibytes: number) => {
    async function* body() {
      yield frame.subarray(0, at);
      const block = new Uint8Array(1024 * 1024);
      for (let n = 0; n < mebibytes; n += 1) yield block;
      yield frame.subarray(at + 1);
    }
    const answer = await fetch(`${server.origin}/api/v1/channels/${general.id}/messages/upload`, {
      method: 'POST',
      headers: { authorization: owner.authorization, 'content-type': formType },
      body: body(),
    });
    const { data }: any = await answer.json();
    const size = mebibytes * 1024 * 1024;
    expect(data.attachments[0].size).toBe(size);
    const sizes = (await filesBelow(storage)).map((path) => Bun.file(join(storage, path)).size);
    expect(sizes).toContain(size);
    await server.end('SIGTERM');
    return server.peak_bytes;
  };
  const before = await takes(1);
  await server.start();
  const highest = await takes(200);
  expect(before).toBeGreaterThan(10 * 1024 * 1024);
  expect(highest - before).toBeLessThan(120 * 1024 * 1024);
});
