import { expect, test } from 'bun:test';
import { connect } from 'node:net';
import { png } from '../support/pictures.ts';
import { startTest, type TestServer } from '../support/server.ts';
import type { Person } from '../support/person.ts';
import { world } from '../support/world.ts';

/** A request with exactly this body and these headers. */
async function send(
  { server, authorization }: Person,
  path: string,
  body: Bun.BodyInit,
  headers: Record<string, string> = { 'content-type': 'application/json' },
) {
  const response = await fetch(`${server.origin}/api/v1${path}`, {
    method: 'POST',
    body,
    headers: { authorization, ...headers },
  });
  const answer = (await response.json()) as { error?: { code: string; details?: object } };
  return { status: response.status, error: answer.error, headers: response.headers };
}

/** Text over a socket as it is; the status line of the answer. */
function sendRaw(server: TestServer, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.running.port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (data) => {
      answer += data.toString();
      if (answer.includes('\r\n\r\n')) socket.end();
    });
    socket.on('close', () => resolve(answer.split('\r\n')[0] ?? ''));
    socket.on('error', reject);
  });
}

test('a body that is no JSON is 400, one of the wrong shape 422, one with a wrong value 400', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  for (const text of ['{', 'name=x', '{"name":"x"} y', '{"name":}', 'undefined', '\ufeff{']) {
    const { status, error } = await send(anna, '/spaces', text);
    expect({ text, status, code: error?.code }).toEqual({
      text,
      status: 400,
      code: 'invalid_request',
    });
  }
  for (const value of [{}, { name: 1 }, { name: null }, { name: ['x'] }, [], 'x', 1, null, true]) {
    const { status, error } = await send(anna, '/spaces', JSON.stringify(value));
    expect({ value, status, code: error?.code }).toEqual({
      value,
      status: 422,
      code: 'invalid_request',
    });
  }
  for (const text of ['{"name":"x","name":"y"}', '{"name":"x","more":[{"a":1,"a":1}]}']) {
    const { status, error } = await send(anna, '/spaces', text);
    expect({ text, status, code: error?.code }).toEqual({
      text,
      status: 422,
      code: 'invalid_request',
    });
  }
  expect(await anna.does('GET', '/users/@me/spaces')).toHaveLength(1);
  for (const value of [{ name: '' }, { name: 'x'.repeat(101) }, { name: 'x', slug: 'A b' }]) {
    const { status } = await send(anna, '/spaces', JSON.stringify(value));
    expect({ value, status }).toEqual({ value, status: 400 });
  }
});

test('the reasons are given by field, as an object', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const { error } = await send(anna, '/spaces', JSON.stringify({ name: '', public: 'yes' }));
  expect(Object.keys(error?.details ?? {}).toSorted()).toEqual(['name', 'public']);
});

test('text that is not UTF-8 is 400', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const bytes = new Uint8Array([...Buffer.from('{"name":"'), 0xff, 0xfe, ...Buffer.from('"}')]);
  expect((await send(anna, '/spaces', bytes)).status).toBe(400);
  // What is cut off within a character leaves nothing behind for the next body.
  const cut = Buffer.from('{"name":"Ä').subarray(0, -1);
  expect((await send(anna, '/spaces', new Uint8Array(cut))).status).toBe(400);
  expect((await send(anna, '/spaces', '{"name":"Äther"}')).status).toBe(200);
});

test('a body is at most 100 levels deep, wherever the depth is, and whatever its size', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  expect((await send(anna, '/spaces', `{"name":"Home","more":${nested(99)}}`)).status).toBe(200);
  expect((await send(anna, '/spaces', nested(100))).status).toBe(422);
  for (const depth of [101, 1_000, 60_000, 1_000_000]) {
    const body = nested(depth);
    // The images of a space may be large.
    for (const text of [body, `{"name":${body}}`, `{"name":"Home","more":${body}}`]) {
      const { status, error } = await send(anna, '/spaces', text);
      expect({ depth, status, error }).toMatchObject({
        status: 400,
        error: { message: 'The body is nested more than 100 levels deep.' },
      });
    }
  }
});

test('a large body is one of large texts: what stands between them is bounded', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const million = 1_000_000;
  const characters = 'The body holds more than 65536 characters outside of its texts.';
  const escapes = 'The body holds more than one escape in 16 characters.';
  for (const [text, message] of [
    [`{"name":${' '.repeat(million)}"Home"}`, characters],
    [`{"name":"Home","more":${'1'.repeat(million)}}`, characters],
    [`{"name":"${'\\"'.repeat(million)}"}`, escapes],
    [`{"name":"${'\\u0061'.repeat(200_000)}"}`, escapes],
  ] as const) {
    const { status, error } = await send(anna, '/spaces', text);
    expect({ status, error }).toMatchObject({ status: 400, error: { message } });
  }
  const plain = JSON.stringify({ name: 'Home', ignored: 'x'.repeat(million) });
  expect((await send(anna, '/spaces', plain)).status).toBe(200);
});

test('two large images may be broken into lines, with their slashes escaped', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const photo = Buffer.from(Array.from({ length: 1_950_000 }, (_, at) => (at * at) % 251));
  png(3, 3).copy(photo);
  // As Java's MIME encoder breaks lines, and PHP writes JSON.
  const lines = photo.toString('base64').replace(/.{76}/g, '$&\r\n');
  const uri = `data:image/png;base64,${lines}`;
  const body = JSON.stringify({ avatar: uri, banner: uri }).replaceAll('/', '\\/');
  expect(body.split('\\').length).toBeGreaterThan(2 * 65_536);
  const response = await fetch(`${server.origin}/api/v1/users/@me`, {
    method: 'PATCH',
    body,
    headers: { authorization: anna.authorization, 'content-type': 'application/json' },
  });
  expect(response.status).toBe(200);
});

test('a body of very many values is refused before each of them is checked', async () => {
  await using server = await startTest();
  const { anna, general, space } = await world(server, 'anna');
  const messages = `/channels/${general.id}/messages`;
  const bodies: [path: string, body: string][] = [
    [messages, `{"content":"x","embeds":[${'1,'.repeat(10_000)}1]}`],
    [messages, `{"content":"x","embeds":[${'[1],'.repeat(5_000)}1]}`],
    ['/spaces', `{"name":"x","more":[${'"a",'.repeat(10_000)}1]}`],
  ];
  for (const [path, body] of bodies) {
    const { status, error } = await send(anna, path, body);
    expect({ status, error }).toMatchObject({
      status: 400,
      error: { message: 'The body holds more than 10000 values.' },
    });
  }
  const many = JSON.stringify({ content: 'x', ignored: Array.from({ length: 9_990 }, () => 1) });
  expect((await send(anna, messages, many)).status).toBe(200);
  // Most endpoints take less than that.
  const ids = `{"messages":[${'1,'.repeat(40_000)}1]}`;
  expect((await send(anna, `${messages}/bulk-delete`, ids)).status).toBe(413);
  expect((await send(anna, `/spaces/${space.id}/roles`, ids)).status).toBe(413);
});

test('the content type must be JSON', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const body = JSON.stringify({ name: 'Home' });
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp']) {
    const { status, error } = await send(anna, '/spaces', body, { 'content-type': type });
    expect({ type, status, code: error?.code }).toEqual({
      type,
      status: 415,
      code: 'invalid_request',
    });
  }
  const untyped = new Blob([body]);
  expect((await send(anna, '/spaces', untyped, {})).status).toBe(415);
  // A picture is no text; that it is no JSON is what helps.
  const form = new FormData();
  form.set('files[0]', new Blob([new Uint8Array([0x89, 0x50, 0xff, 0xfe])]), 'a.png');
  expect((await send(anna, '/spaces', form, {})).status).toBe(415);
  form.set('files[1]', new Blob([new Uint8Array(4_000_000)]), 'large.png');
  expect((await send(anna, '/spaces', form, {})).status).toBe(415);
  for (const type of [
    'application/json',
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'application/vnd.accord+json',
  ]) {
    const { status } = await send(anna, '/spaces', body, { 'content-type': type });
    expect({ type, status }).toEqual({ type, status: 200 });
  }
});

test('an empty body counts as {} where nothing is needed, else it is 400', async () => {
  await using server = await startTest();
  const { anna, general } = await world(server, 'anna');
  for (const body of ['', '  \n']) {
    expect((await send(anna, `/channels/${general.id}/typing`, body)).status).toBe(200);
    expect((await send(anna, `/channels/${general.id}/messages`, body)).status).toBe(400);
    const untyped = { 'content-type': 'text/plain' };
    expect((await send(anna, `/channels/${general.id}/typing`, body, untyped)).status).toBe(200);
    expect((await send(anna, `/channels/${general.id}/messages`, body, untyped)).status).toBe(415);
  }
  // As the Godot engine sends it: a content type, no body and no length.
  const lines = [
    `POST /api/v1/channels/${general.id}/typing HTTP/1.1`,
    'Host: localhost',
    'Content-Type: application/json',
    `Authorization: ${anna.authorization}`,
    'Connection: close',
  ];
  expect(await sendRaw(server, `${lines.join('\r\n')}\r\n\r\n`)).toBe('HTTP/1.1 200 OK');
});

test('a body is ignored where none is defined, whatever it is', async () => {
  await using server = await startTest();
  const { space } = await world(server, 'anna');
  const bob = await server.person('bob');
  const path = `/spaces/${space.id}/join`;
  expect((await send(bob, path, '{', { 'content-type': 'text/plain' })).status).toBe(200);
  expect((await send(bob, path, '\xff')).status).toBe(200);
});

test('a body above the limit is 413, with and without a length', async () => {
  await using server = await startTest();
  const { anna, general } = await world(server, 'anna');
  const path = `/channels/${general.id}/typing`;
  const large = `{"thread_id":"${' '.repeat(3 * 1024 * 1024)}"}`;
  const counted = await send(anna, path, large);
  expect([counted.status, counted.error?.code]).toEqual([413, 'payload_too_large']);
  const parts = new ReadableStream({
    start(controller) {
      for (let at = 0; at < large.length; at += 65_536) {
        controller.enqueue(Buffer.from(large.slice(at, at + 65_536)));
      }
      controller.close();
    },
  });
  const streamed = await send(anna, path, parts);
  expect([streamed.status, streamed.error?.code]).toEqual([413, 'payload_too_large']);
  expect(server.logged.filter(({ level }) => level === 'error')).toEqual([]);
  const small = new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from('{"content":"in '));
      controller.enqueue(Buffer.from('parts, \u{1f642}"}').subarray(0, 10));
      controller.enqueue(Buffer.from('parts, \u{1f642}"}').subarray(10));
      controller.close();
    },
  });
  const sent = await send(anna, `/channels/${general.id}/messages`, small);
  expect(sent.status).toBe(200);
  const [message] = await anna.does('GET', `/channels/${general.id}/messages`);
  expect(message.content).toBe('in parts, \u{1f642}');
});

test('unknown keys are ignored, whole floats are integers, fractions and other types are not', async () => {
  await using server = await startTest();
  const { anna, space, general } = await world(server, 'anna');
  const path = `/channels/${general.id}`;
  const patched = await anna.call('PATCH', path, '{"rate_limit":5.0,"nonsense":{"a":1}}');
  expect([patched.status, patched.data?.rate_limit]).toEqual([200, 5]);
  expect(patched.data).not.toHaveProperty('nonsense');
  for (const rate_limit of ['5', 5.5, true, [5], {}]) {
    await anna.isRefused(422, 'PATCH', path, { rate_limit });
  }
  for (const nsfw of [1, 0, 'true', 'false', []]) {
    await anna.isRefused(422, 'PATCH', path, { nsfw });
  }
  await anna.isRefused(400, 'PATCH', path, { rate_limit: 21_601 });
  await anna.isRefused(400, 'PATCH', path, { rate_limit: 1e300 });
  await anna.isRefused(422, 'PATCH', `/spaces/${space.id}/roles`, {});
});

test('null in a field that it cannot clear says nothing', async () => {
  await using server = await startTest();
  const { anna, space, general } = await world(server, 'anna');
  const kept = await anna.does('PATCH', `/spaces/${space.id}`, { name: null, public: null });
  expect(kept).toEqual(space);
  const channel = await anna.does('PATCH', `/channels/${general.id}`, { name: null, nsfw: null });
  expect(channel).toEqual(general);
  // The JSON part of a form is read by the same rules.
  const upload = (payload: string) => {
    const form = new FormData();
    form.append('payload_json', payload);
    return anna.call('POST', `/channels/${general.id}/messages/upload`, form);
  };
  expect((await upload('{"content":"x","tts":null,"embeds":null,"title":null}')).status).toBe(200);
  // With files a message needs no text; without, this one is empty.
  expect((await upload('{"content":null}')).status).toBe(400);
  expect((await upload('{"content":7}')).status).toBe(422);
  expect((await upload('{"content":"x","content":"y"}')).status).toBe(422);
  expect((await upload('{"content":"x"')).status).toBe(400);
  // A field that is needed is another matter.
  await anna.isRefused(422, 'POST', '/spaces', { name: null });
});

test('who asks is known before the body is looked at, the body before what one may do', async () => {
  await using server = await startTest();
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  const { space } = await anna.founds('Home', { public: false });
  const path = `/spaces/${space.id}/channels`;
  expect((await server.call('POST', path, '{')).status).toBe(401);
  expect((await server.call('POST', '/spaces/1/channels', { name: 'x' })).status).toBe(401);
  await bob.isRefused(400, 'POST', path, '{');
  await bob.isRefused(422, 'POST', path, { name: 1 });
  await bob.isRefused(403, 'POST', path, { name: 'x' });
  // What is wrong with a value is told to those alone who may do this at all.
  await bob.isRefused(403, 'POST', path, { name: '' });
  await bob.isRefused(404, 'POST', '/spaces/1/channels', { name: '' });
  await anna.isRefused(400, 'POST', path, { name: '' });
  // Permission before existence; a space that is unknown is 404 all the same.
  await bob.isRefused(403, 'PATCH', `/spaces/${space.id}/roles/1`, {});
  await bob.isRefused(404, 'PATCH', '/spaces/1/roles/1', {});
});

test('a query that cannot be read is 400', async () => {
  await using server = await startTest();
  const { anna, space, general } = await world(server, 'anna');
  const path = `/channels/${general.id}/messages`;
  for (const query of ['limit=abc', 'limit=50.0', 'limit=', 'after=x', 'limit=1&limit=2']) {
    await anna.isRefused(400, 'GET', `${path}?${query}`);
  }
  await anna.isRefused(400, 'GET', `${path}?top_level=yes`);
  await anna.isRefused(400, 'GET', `/spaces/${space.id}/members/search`);
  for (const query of [
    'limit=-5',
    'limit=0',
    'limit=100000',
    'limit=9999999999',
    'unknown=1',
    'top_level=1',
  ]) {
    await anna.does('GET', `${path}?${query}`);
  }
});
