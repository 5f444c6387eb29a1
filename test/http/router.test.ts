// Which handler a path finds, and that each finds one only.
import { expect, test } from 'bun:test';
import { z } from 'zod';
import { anyone } from '../../src/access/rules.ts';
import { endpoint, type Endpoint, type Method } from '../../src/http/endpoint.ts';
import { PathRouter } from '../../src/http/router.ts';
import { routesOf } from '../../src/http/routes.ts';
import { startTest } from '../support/server.ts';
import { world } from '../support/world.ts';

function routerOf(...routes: readonly [method: string, path: string][]): PathRouter<string> {
  const router = new PathRouter<string>();
  for (const [method, path] of routes) router.add(method, path, `${method} ${path}`);
  return router;
}

/** The handlers that a request finds, and the values of its parameters by name. */
function foundBy(
  router: PathRouter<string>,
  method: string,
  path: string,
): [handler: string, params: object][] {
  const [handlers, values = []] = router.match(method, path);
  return handlers.map(([handler, places]) => [
    handler,
    Object.fromEntries(Object.entries(places).map(([name, at]) => [name, values[Number(at)]])),
  ]);
}

test('a request finds one handler: literals come before parameters, whatever was added first', () => {
  const router = routerOf(
    ['GET', '/users/:id'],
    ['GET', '/users/@me'],
    ['GET', '/users/:id/notes/:note'],
    ['GET', '/users/@me/notes/all'],
    ['GET', '/users/:id/marks'],
    ['GET', '/users/@me/marks/:mark/text'],
    ['GET', '/users/:id/marks/:mark/colour'],
    ['GET', '/'],
  );
  const cases: [path: string, ...found: [handler: string, params: object][]][] = [
    ['/users/@me', ['GET /users/@me', {}]],
    ['/users/7', ['GET /users/:id', { id: '7' }]],
    ['/users/7/notes/8', ['GET /users/:id/notes/:note', { id: '7', note: '8' }]],
    ['/users/@me/notes/all', ['GET /users/@me/notes/all', {}]],
    // What begins like a literal and goes on otherwise is a parameter.
    ['/users/@me/notes/8', ['GET /users/:id/notes/:note', { id: '@me', note: '8' }]],
    ['/users/@me/marks', ['GET /users/:id/marks', { id: '@me' }]],
    ['/users/@me/marks/8/text', ['GET /users/@me/marks/:mark/text', { mark: '8' }]],
    ['/users/@me/marks/8/colour', ['GET /users/:id/marks/:mark/colour', { id: '@me', mark: '8' }]],
    ['/', ['GET /', {}]],
  ];
  for (const [path, ...found] of cases) expect(foundBy(router, 'GET', path)).toEqual(found);
  for (const path of [
    '/users',
    '/users/',
    '/users/7/',
    '/users/7/notes',
    '/users//notes/8',
    '//',
  ]) {
    expect([path, foundBy(router, 'GET', path)]).toEqual([path, []]);
  }
});

test('the first path that fits is the only one; `ALL` answers what it has no method for', () => {
  const router = routerOf(
    ['GET', '/users/:id'],
    ['PATCH', '/users/@me'],
    ['ALL', '/users/@me'],
    ['DELETE', '/notes/all'],
    ['GET', '/notes/:id'],
  );
  expect(foundBy(router, 'PATCH', '/users/@me')).toEqual([['PATCH /users/@me', {}]]);
  expect(foundBy(router, 'GET', '/users/@me')).toEqual([['ALL /users/@me', {}]]);
  expect(foundBy(router, 'GET', '/notes/all')).toEqual([]);
  expect(foundBy(router, 'GET', '/notes/some')).toEqual([['GET /notes/:id', { id: 'some' }]]);
});

function made(method: Method, path: string): Endpoint {
  const shape = { summary: 'Made for a test', access: anyone, returns: z.null() } as const;
  return endpoint({ ...shape, method, path, run: () => {} });
}

test('a second handler of a method and path is refused at the start, however its parameters are called', () => {
  const first = made('GET', '/users/:id');
  const others = [made('POST', '/users/:id'), made('GET', '/users/@me'), made('GET', '/users')];
  routesOf([first, ...others]);
  for (const second of [made('GET', '/users/:id'), made('GET', '/users/:user_id')]) {
    expect(() => routesOf([first, second])).toThrow('has two handlers');
  }
  // Nor may one path have two names for its parameters.
  expect(() => routesOf([first, made('POST', '/users/:user_id')])).toThrow('has two handlers');
});

test('servers of a process share their routes if they have the same endpoints', () => {
  const one = made('GET', '/one');
  const two = made('GET', '/two');
  for (const other of [[one], [two, one], [one, two, made('GET', '/three')]]) {
    const routes = routesOf([one, two]);
    expect(routesOf([one, two])).toBe(routes);
    expect(routesOf(other)).not.toBe(routes);
  }
});

test('servers of a process share nothing but routes: accounts, limits and pages are their own', async () => {
  const limited = { RATE_LIMIT_PER_MINUTE: '60', RATE_LIMIT_BURST: '10' };
  await using a = await startTest({ settings: limited });
  const pages = { CORS_ALLOWED_ORIGINS: 'https://chat.example', RATE_LIMIT_PER_MINUTE: '0' };
  await using b = await startTest({ settings: pages });
  const { anna } = await world(a, 'anna');
  const headers = { authorization: anna.authorization };
  const [mine, others] = [
    await a.call('GET', '/users/@me', undefined, headers),
    await b.call('GET', '/users/@me', undefined, headers),
  ];
  expect([mine.status, others.status]).toEqual([200, 401]);
  expect(mine.headers.get('x-ratelimit-limit')).toBe('70');
  expect(others.headers.get('x-ratelimit-limit')).toBeNull();
  expect(mine.headers.get('access-control-allow-origin')).toBe('*');
  expect(others.headers.get('access-control-allow-origin')).toBeNull();
});

test('headers that one answer has do not stay for the next one', async () => {
  await using server = await startTest({ settings: { RATE_LIMIT_PER_MINUTE: '60' } });
  const limits = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'];
  const had = async (path: string, method = 'GET') => {
    const { headers } = await server.call(method, path);
    return [...limits, 'allow', 'retry-after'].filter((name) => headers.has(name));
  };
  expect(await had('/gateway')).toEqual(limits);
  expect(await had('/nothing')).toEqual([]);
  expect(await had('/gateway', 'POST')).toEqual([...limits, 'allow']);
  expect(await had('/gateway')).toEqual(limits);
  while (!(await had('/gateway')).includes('retry-after'));
  expect(await had('/nothing')).toEqual([]);
  expect((await server.call('GET', '//health')).headers.has('x-ratelimit-limit')).toBe(false);
});

test('headers for one page are not sent to another', async () => {
  const allowed = ['https://a.example', 'https://b.example'];
  await using server = await startTest({ settings: { CORS_ALLOWED_ORIGINS: allowed.join(',') } });
  const told = async (origin: string) => {
    const { headers } = await server.call('GET', '/gateway', undefined, { origin });
    return [headers.get('access-control-allow-origin'), headers.get('vary')];
  };
  for (const origin of [...allowed, ...allowed]) {
    expect(await told(origin)).toEqual([origin, 'Origin']);
    expect(await told('https://c.example')).toEqual([null, 'Origin']);
  }
});
