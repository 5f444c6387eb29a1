// Calls over REST, against a server that does what each test wants.
import { expect, test } from 'bun:test';
import { Refused, Rest, Unreached } from '../../src/client/rest.ts';

interface Served extends Disposable {
  readonly rest: Rest;
  readonly asked: { readonly line: string; readonly token: string | null; readonly body: string }[];
}

/** A server that gives these answers, one after the other. */
function serving(...answers: readonly (() => Response)[]): Served {
  const asked: Served['asked'] = [];
  const left = [...answers];
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      asked.push({
        line: `${request.method} ${pathname}${search}`,
        token: request.headers.get('authorization'),
        body: await request.text(),
      });
      return left.shift()?.() ?? new Response('', { status: 418 });
    },
  });
  const rest = new Rest(`http://127.0.0.1:${server.port}/below`);
  return { rest, asked, [Symbol.dispose]: () => void server.stop(true) };
}

const success = (more: object) => () => Response.json(more);
const refusal = (status: number, error: object) => () => Response.json({ error }, { status });

/** What a promise fails with. */
const failure = async (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

test('names go into the path, values into the query, and the body is JSON', async () => {
  using server = serving(success({ data: [] }), success({ data: { id: '1' } }));
  const { rest, asked } = server;
  await rest.call('GET /channels/:channel_id/messages', {
    channel_id: '7',
    query: { limit: 5, before: undefined },
  });
  rest.token = 'secret';
  const body = { content: 'hällo' };
  expect(await rest.call('POST /channels/:channel_id/messages', { channel_id: '7', body })).toEqual(
    {
      id: '1',
    } as never,
  );
  expect(asked).toEqual([
    { line: 'GET /below/api/v1/channels/7/messages?limit=5', token: null, body: '' },
    {
      line: 'POST /below/api/v1/channels/7/messages',
      token: 'Bearer secret',
      body: JSON.stringify(body),
    },
  ]);
});

test('what stands in a path cannot lead elsewhere', () => {
  const rest = new Rest('');
  const key = 'PUT /channels/:channel_id/messages/:message_id/reactions/:emoji/@me';
  expect(rest.addressOf(key, { channel_id: '1', message_id: '2', emoji: '../?#' })).toBe(
    '/api/v1/channels/1/messages/2/reactions/..%2F%3F%23/@me',
  );
});

test('a refusal says what the server says', async () => {
  using server = serving(refusal(403, { code: 'forbidden', message: 'You may not.' }));
  const error = await failure(server.rest.call('GET /users/@me'));
  expect(error).toBeInstanceOf(Refused);
  expect(error).toMatchObject({ status: 403, code: 'forbidden', message: 'You may not.' });
});

test('what came too early is tried again, but not for long', async () => {
  const early = refusal(429, { code: 'rate_limited', message: 'Slowly.', retry_after: 0.01 });
  using server = serving(early, early, success({ data: { id: '1' } }));
  await server.rest.call('GET /users/@me');
  expect(server.asked).toHaveLength(3);
  const late = refusal(429, { code: 'rate_limited', message: 'Slowly.', retry_after: 60 });
  using strict = serving(late);
  expect(await failure(strict.rest.call('GET /users/@me'))).toMatchObject({ retry_after: 60 });
  expect(strict.asked).toHaveLength(1);
});

test('an answer that is cut off, or does not come, is told apart from a refusal', async () => {
  using server = serving(() => new Response('{"data":'));
  expect(await failure(server.rest.call('GET /users/@me'))).toBeInstanceOf(Unreached);
  const nowhere = new Rest('http://127.0.0.1:1');
  expect(await failure(nowhere.call('GET /users/@me'))).toBeInstanceOf(Unreached);
});

test('a token that is refused is told of, unless there is another one by then', async () => {
  const away = refusal(401, { code: 'unauthorized', message: 'Who are you?' });
  using server = serving(away, away, away);
  let told = 0;
  const { rest } = server;
  rest.onRefused = () => (told += 1);
  await failure(rest.call('GET /users/@me'));
  expect(told).toBe(0);
  rest.token = 'old';
  await failure(rest.call('GET /users/@me'));
  expect(told).toBe(1);
  const call = failure(rest.call('GET /users/@me'));
  rest.token = 'new';
  await call;
  expect(told).toBe(1);
});

test('a list says where its next page begins', async () => {
  using server = serving(
    success({ data: [{ id: '1' }], cursor: { after: '1', has_more: true } }),
    success({ data: [], cursor: { after: '1', has_more: false } }),
  );
  const input = { space_id: '5' };
  expect((await server.rest.page('GET /spaces/:space_id/members', input)).after).toBe('1');
  expect((await server.rest.page('GET /spaces/:space_id/members', input)).after).toBeNull();
});
