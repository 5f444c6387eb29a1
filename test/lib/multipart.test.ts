// Forms over a real socket: what arrives, what is refused, and that nothing stays behind.
import { afterEach, beforeEach, describe, expect, spyOn, test } from 'bun:test';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Dicer } from '@fastify/busboy';
import { z } from 'zod';
import { MultipartFailure } from '../../src/lib/multipart-failure.ts';
import {
  type MultipartForm,
  type MultipartOptions,
  receiveMultipart,
} from '../../src/lib/multipart.ts';

const boundary = '----AccordForm123456';
const formType = `multipart/form-data; boundary=${boundary}`;

const Upload = z.object({ size: z.number(), grown: z.number() });

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'multipart-'));
});
afterEach(() => rm(folder, { recursive: true }));

type Outcome = { form: MultipartForm } | { reason: string };

/** Sends bytes as the body of a request, in pieces, and returns what the form became. */
async function send(
  body: string | Uint8Array,
  limits: Partial<MultipartOptions> = {},
  { contentType = formType, piece = 0 } = {},
): Promise<Outcome> {
  const outcome = Promise.withResolvers<Outcome>();
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      outcome.resolve(await receive(request, limits));
      return new Response();
    },
  });
  const bytes = Buffer.from(body);
  const pieces = piece === 0 ? bytes : inPieces(bytes, piece);
  await fetch(server.url, {
    method: 'POST',
    headers: { 'Content-Type': contentType },
    body: pieces,
  });
  const result = await outcome.promise;
  await server.stop(true);
  return result;
}

async function receive(request: Request, limits: Partial<MultipartOptions>): Promise<Outcome> {
  try {
    const form = await receiveMultipart(request, {
      folder,
      maxFiles: 3,
      maxFileBytes: 1_000_000,
      maxFields: 3,
      maxFieldBytes: 10_000,
      maxTotalBytes: 3_000_000,
      ...limits,
    });
    return { form };
  } catch (error) {
    return { reason: error instanceof MultipartFailure ? error.reason : String(error) };
  }
}

function inPieces(bytes: Buffer, size: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      await Bun.sleep(0);
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, at + size));
      at += size;
    },
  });
}

async function received(...sent: Parameters<typeof send>): Promise<MultipartForm> {
  const outcome = await send(...sent);
  if ('reason' in outcome) throw new Error(`refused: ${outcome.reason}`);
  return outcome.form;
}

async function refusal(...sent: Parameters<typeof send>): Promise<string> {
  const outcome = await send(...sent);
  expect(await readdir(folder)).toEqual([]);
  return 'reason' in outcome ? outcome.reason : 'accepted';
}

const part = (head: string, content = '') => `--${boundary}\r\n${head}\r\n\r\n${content}\r\n`;
const named = (name: string) => `Content-Disposition: form-data; name="${name}"`;
const field = (name: string, content: string) => part(named(name), content);
const file = (filename: string, content: string, name = 'files[0]') =>
  part(
    `Content-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: text/plain`,
    content,
  );
const end = `--${boundary}--\r\n`;

const namesOf = (form: MultipartForm) => form.files.map(({ filename }) => filename);
const contentsOf = (form: MultipartForm) =>
  Promise.all(form.files.map(({ path }) => Bun.file(path).text()));

describe('a form', () => {
  test('gives its fields as text and its files on disk, in order', async () => {
    const payload = '{"content":"Grüße 🎮"}';
    const form = await received(
      field('payload_json', payload) + file('a.txt', 'first') + file('b.txt', '') + end,
    );
    expect(Object.fromEntries(form.fields)).toEqual({ payload_json: payload });
    expect(form.files).toMatchObject([
      { name: 'files[0]', filename: 'a.txt', declaredType: 'text/plain', size: 5 },
      { name: 'files[0]', filename: 'b.txt', size: 0 },
    ]);
    expect(await contentsOf(form)).toEqual(['first', '']);
  });

  test('may carry its fields after its files, and the last of a name counts', async () => {
    const form = await received(file('a', 'x') + field('f', 'one') + field('f', 'two') + end);
    expect(form.fields.get('f')).toBe('two');
    expect(form.files).toHaveLength(1);
  });

  test('may be empty', async () => {
    const form = await received(end);
    expect(form.files).toEqual([]);
    expect(form.fields.size).toBe(0);
  });

  test('is the same in pieces of any size', async () => {
    const tricky = `\r\n--${boundary.slice(0, -1)}\r\n--\r\n\r\n`.repeat(3);
    const body = field('f', tricky) + file('a"b.txt', tricky) + file('c', '') + end;
    for (const piece of [1, 2, 3, 5, 7, 11, 13, 17, 64]) {
      const form = await received(body, {}, { piece });
      expect(form.fields.get('f')).toBe(tricky);
      expect(await contentsOf(form)).toEqual([tricky, '']);
      expect(namesOf(form)).toEqual(['a"b.txt', 'c']);
      await form.discard();
    }
  });

  test('may have text before it and after it, and a boundary in quotes', async () => {
    const form = await received(
      `preamble\r\n${field('f', 'v')}${end}epilogue`,
      {},
      { contentType: `Multipart/Form-Data; charset=utf-8; boundary="${boundary}"` },
    );
    expect(form.fields.get('f')).toBe('v');
  });

  test('that browsers and Bun write is read', async () => {
    const data = new FormData();
    data.append('payload_json', '{}');
    data.append('files[0]', new File(['hello'], 'naïve "quote".txt', { type: 'text/plain' }));
    const encoded = new Response(data);
    const contentType = encoded.headers.get('Content-Type') ?? '';
    const form = await received(await encoded.bytes(), {}, { contentType });
    expect(form.fields.get('payload_json')).toBe('{}');
    expect(namesOf(form)).toEqual(['naïve "quote".txt']);
  });

  test('takes its parts as it is told to', async () => {
    const form = await received(
      part('Content-Disposition: form-data; name="files[0]"', 'bytes') +
        part('Content-Disposition: form-data; name="payload_json"; filename="blob"', '{}') +
        field('other', 'ignored') +
        end,
      {
        kindOf: ({ name }) => {
          if (name.startsWith('files[')) return 'file';
          return name === 'payload_json' ? 'field' : 'ignored';
        },
      },
    );
    expect(await contentsOf(form)).toEqual(['bytes']);
    expect(Object.fromEntries(form.fields)).toEqual({ payload_json: '{}' });
  });

  test('leaves no file when it is discarded', async () => {
    const form = await received(file('a', 'x') + file('b', 'y') + end);
    expect(await readdir(folder)).toHaveLength(2);
    await form.discard();
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('a file name', () => {
  test.each([
    ['a"b.png', 'a"b.png'],
    ['"', '"'],
    ['"a"', '"a"'],
    ['a;b.png', 'a;b.png'],
    ['a"; b.png', 'a"; b.png'],
    ['a=b; c=d.png', 'a=b; c=d.png'],
    ['back\\slash.png', 'back\\slash.png'],
    ['ends with\\', 'ends with\\'],
    ['жук 🪲.png', 'жук 🪲.png'],
    ['../../etc/passwd', '../../etc/passwd'],
    ['', ''],
    ['a%22b\\".png', 'a"b".png'],
  ])('written raw as %s keeps its file', async (written, read) => {
    const form = await received(file(written, 'content') + end);
    expect(namesOf(form)).toEqual([read]);
    expect(await contentsOf(form)).toEqual(['content']);
  });

  test('never becomes part of the path', async () => {
    const form = await received(file('../../evil', 'x') + end);
    expect(form.files[0]?.path).toMatch(/\/multipart-[^/]+\/[0-9a-f-]{36}$/);
  });

  test('may be given as older clients do', async () => {
    const head = `Content-Disposition: form-data; name=f; filename*=utf-8''na%C3%AFve.txt`;
    expect(namesOf(await received(part(head, 'x') + end))).toEqual(['naïve.txt']);
  });
});

describe('a limit', () => {
  test('on the number of files is told', async () => {
    const three = file('a', 'x') + file('b', 'x') + file('c', 'x');
    expect(await refusal(three + file('d', 'x') + end)).toBe('too_many_files');
    expect((await received(three + end)).files).toHaveLength(3);
  });

  test('on the size of a file holds to the byte', async () => {
    const limits = { maxFileBytes: 70_000 };
    expect(await refusal(file('a', 'x'.repeat(70_001)) + end, limits)).toBe('file_too_large');
    const form = await received(file('a', 'x'.repeat(70_000)) + end, limits);
    expect(form.files[0]?.size).toBe(70_000);
  });

  test('on the whole holds with and without an announced length', async () => {
    const body = file('a', 'x'.repeat(900)) + file('b', 'x'.repeat(900)) + end;
    const limits = { maxTotalBytes: body.length - 1 };
    expect(await refusal(body, limits)).toBe('total_too_large');
    expect(await refusal(body, limits, { piece: 100 })).toBe('total_too_large');
    expect((await received(body, { maxTotalBytes: body.length })).files).toHaveLength(2);
  });

  test('on fields counts those that are ignored', async () => {
    const body = field('a', '') + field('b', '') + field('c', '') + field('d', '') + end;
    expect(await refusal(body)).toBe('too_many_fields');
    expect(await refusal(body, { kindOf: () => 'ignored' })).toBe('too_many_fields');
  });

  test('on the length of a field is told', async () => {
    expect(await refusal(field('a', 'x'.repeat(10_001)) + end)).toBe('field_too_large');
  });

  test('that is passed removes the files that came before', async () => {
    const body = file('a', 'x'.repeat(500_000)) + file('b', 'x'.repeat(1_000_001)) + end;
    expect(await refusal(body)).toBe('file_too_large');
  });

  test('that is passed early in a long body is answered at once', async () => {
    const body = file('a', 'x'.repeat(20_000_000)) + end;
    const limits = { maxTotalBytes: 50_000_000, maxFileBytes: 1000 };
    expect(await refusal(body, limits)).toBe('file_too_large');
  });
});

describe('a form of very many parts', () => {
  /** How many parts the parser had begun when the form was refused. */
  async function begun(body: string): Promise<number> {
    const emit = spyOn(Dicer.prototype, 'emit');
    try {
      expect(['too_many_fields', 'malformed']).toContain(await refusal(body));
      return emit.mock.calls.filter(([event]) => event === 'part').length;
    } finally {
      emit.mockRestore();
    }
  }

  test.each([
    ['without heads', `\r\n--${boundary}\r\n`],
    ['with empty heads', `\r\n--${boundary}\r\n\r\n`],
    ['with a name', `\r\n--${boundary}\r\n${named('a')}\r\n\r\n`],
    ['with half a head', `\r\n--${boundary}\r\n${named('a')}\r\n`],
  ])('%s is refused at the first part too many, whatever follows', async (_what, one) => {
    const body = field('f', 'v').slice(0, -2) + one.repeat(20_000);
    // Three files, three fields, and the part at which it is refused.
    expect(await begun(`${body}\r\n${end}`)).toBeLessThanOrEqual(7);
    expect(await begun(body)).toBeLessThanOrEqual(7);
  });
});

test('a form is given up when its reader says so, and is told as it comes', async () => {
  const stop = Promise.withResolvers<never>();
  let bytes = 0;
  const outcome = Promise.withResolvers<Outcome>();
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const arrived = (count: number) => {
        bytes += count;
        if (bytes >= 1000) stop.reject(new Error('enough'));
      };
      outcome.resolve(await receive(request, { arrived, stopped: stop.promise }));
      return new Response();
    },
  });
  const socket = connect(server.port ?? 0, '127.0.0.1');
  socket.write(
    `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${formType}\r\nContent-Length: 900000\r\n\r\n`,
  );
  socket.write(file('a', 'x'.repeat(2000)));
  expect(await outcome.promise).toEqual({ reason: 'Error: enough' });
  expect(await readdir(folder)).toEqual([]);
  socket.destroy();
  await server.stop(true);
});

describe('a body that is no form', () => {
  test('is told by its type and its boundary', async () => {
    const body = field('f', 'v') + end;
    expect(await refusal(body, {}, { contentType: 'application/json' })).toBe('not_multipart');
    expect(await refusal(body, {}, { contentType: 'multipart/form-data' })).toBe('no_boundary');
    expect(await refusal(body, {}, { contentType: 'multipart/form-data; boundary=' })).toBe(
      'no_boundary',
    );
  });

  test.each([
    ['nothing', ''],
    ['other text', 'hello'],
    ['no end', file('a', 'content')],
    ['an end inside a file', file('a', 'content').slice(0, -4)],
    ['an end inside a head', `--${boundary}\r\nContent-Disposition: form-data; na`],
    [
      'a head without an end',
      `--${boundary}\r\nContent-Disposition: form-data; name="f"\r\n${end}`,
    ],
    ['a part without a head', `--${boundary}\r\n\r\ncontent\r\n${end}`],
    ['a part without a name', part('Content-Disposition: form-data; filename="a"', 'x') + end],
    ['a part that is an attachment', part('Content-Disposition: attachment; name="f"') + end],
    ['a line break in a name', file('a\r\nb', 'x') + end],
    ['half a line break in a name', file('a\nb', 'x') + end],
    ['a very long head', file('a'.repeat(9000), 'x') + end],
    ['a huge head', file('a'.repeat(90_000), 'x') + end],
    ['a head of many lines', part(`${'X: y\r\n'.repeat(32)}${named('f')}`) + end],
    ['a head of very many lines', part(`${named('f')}\r\n${'X: y\r\n'.repeat(90_000)}`) + end],
    [
      'an encoding of old',
      part('Content-Disposition: form-data; name="f"\r\nContent-Transfer-Encoding: base64') + end,
    ],
    [
      'a field that is not UTF-8',
      Buffer.concat([
        Buffer.from(field('f', '').slice(0, -2)),
        Buffer.from([0xff]),
        Buffer.from(`\r\n${end}`),
      ]),
    ],
  ])('is malformed with %s', async (_what, body) => {
    expect(await refusal(body)).toBe('malformed');
    const after = Buffer.concat([Buffer.from(file('before', 'x')), Buffer.from(body)]);
    expect(await refusal(after)).toBe('malformed');
  });
});

test('a client that goes away in the middle leaves no file', async () => {
  const outcome = Promise.withResolvers<Outcome>();
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      outcome.resolve(await receive(request, {}));
      return new Response();
    },
  });
  const socket = connect(server.port ?? 0, '127.0.0.1');
  socket.write(
    `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${formType}\r\nContent-Length: 900000\r\n\r\n`,
  );
  socket.write(file('a', 'complete') + file('b', 'x'.repeat(200_000)).slice(0, -2));
  while ((await readdir(folder)).length < 2) await Bun.sleep(5);
  socket.destroy();
  expect(await outcome.promise).toEqual({ reason: 'aborted' });
  expect(await readdir(folder)).toEqual([]);
  await server.stop(true);
});

test('a disk that fails is told as what it is, and the upload ends', async () => {
  const outcome = await send(file('a', 'x'.repeat(500_000)) + end, { folder: `${folder}/missing` });
  expect('reason' in outcome && outcome.reason).toContain('ENOENT');
});

test('a file of 200 MiB needs a few MiB of memory', async () => {
  // A process of its own, so that the memory is the server's alone; its system peak would be ours.
  const library = new URL('../../src/lib/multipart.ts', import.meta.url).pathname;
  const script = `
    import { receiveMultipart } from ${JSON.stringify(library)};
    const limit = 2 ** 30;
    const options = {
      folder: ${JSON.stringify(folder)},
      maxFiles: 1,
      maxFileBytes: limit,
      maxFields: 0,
      maxFieldBytes: 0,
      maxTotalBytes: limit,
    };
    async function fetch(request) {
      const before = process.memoryUsage.rss();
      let peak = before;
      const sampler = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 5);
      const form = await receiveMultipart(request, options);
      clearInterval(sampler);
      await form.discard();
      return Response.json({ size: form.files[0].size, grown: peak - before });
    }
    const hostname = '127.0.0.1';
    console.log(Bun.serve({ port: 0, hostname, maxRequestBodySize: limit, fetch }).url.href);
  `;
  const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe', stderr: 'inherit' });
  const { value: address } = await child.stdout.values().next();
  const mebibyte = Buffer.alloc(2 ** 20, 'x');
  async function* body() {
    yield Buffer.from(file('large', '').slice(0, -2));
    for (let count = 0; count < 200; count += 1) yield mebibyte;
    yield Buffer.from(`\r\n${end}`);
  }
  const response = await fetch(
    Buffer.from(address ?? [])
      .toString()
      .trim(),
    {
      method: 'POST',
      headers: { 'Content-Type': formType },
      body: body(),
    },
  );
  const { size, grown } = Upload.parse(await response.json());
  child.kill();
  expect(size).toBe(200 * 2 ** 20);
  expect(grown).toBeLessThan(64 * 2 ** 20);
});
