import { expect, test } from 'bun:test';
import { startTest } from '../support/server.ts';

const page = 'https://play.example.org';
const exposed = ['Retry-After', 'X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'];

test('any page may call by default, on every path, and read the limits', async () => {
  await using server = await startTest();
  const paths = ['/gateway', '/nothing', '/users/@me', '//health', '//cdn/none.png', '/auth/login'];
  for (const path of paths) {
    const { headers } = await server.call('GET', path, undefined, { origin: page });
    expect({ path, origin: headers.get('access-control-allow-origin') }).toEqual({
      path,
      origin: '*',
    });
    for (const name of exposed) {
      expect(headers.get('access-control-expose-headers')).toContain(name);
    }
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  }
});

test('OPTIONS is answered anywhere, before routing, tokens and limits', async () => {
  await using server = await startTest({
    settings: { RATE_LIMIT_PER_MINUTE: '1', RATE_LIMIT_BURST: '0' },
  });
  await server.call('GET', '/gateway');
  expect((await server.call('GET', '/gateway')).status).toBe(429);
  for (const path of ['/gateway', '/nothing', '/users/@me', '//cdn/x', '//ws', '//health']) {
    const { status, body, headers } = await server.call('OPTIONS', path, undefined, {
      origin: page,
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,content-type',
    });
    expect({ path, status, body }).toEqual({ path, status: 200, body: null });
    expect(headers.get('access-control-allow-origin')).toBe('*');
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      expect(headers.get('access-control-allow-methods')).toContain(method);
    }
    for (const name of ['authorization', 'content-type', 'accept', 'user-agent']) {
      expect(headers.get('access-control-allow-headers')).toContain(name);
    }
    expect(Number(headers.get('access-control-max-age'))).toBeGreaterThan(0);
    expect(headers.get('vary')?.toLowerCase()).toContain('access-control-request-method');
    expect(headers.get('x-ratelimit-limit')).toBeNull();
  }
});

test('with a list only its origins are let in, each by its own name', async () => {
  await using server = await startTest({
    settings: { CORS_ALLOWED_ORIGINS: ` ${page} ,https://other.example.org` },
  });
  const originFor = async (method: string, origin: string | null) => {
    const headers: Record<string, string> = origin === null ? {} : { origin };
    const answer = await server.call(method, '/gateway', undefined, headers);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('vary')?.toLowerCase()).toContain('origin');
    return answer.headers.get('access-control-allow-origin');
  };
  for (const method of ['GET', 'OPTIONS']) {
    expect(await originFor(method, page)).toBe(page);
    expect(await originFor(method, 'https://other.example.org')).toBe('https://other.example.org');
    for (const origin of ['https://evil.example.org', `${page}.evil.org`, 'null', null]) {
      expect(await originFor(method, origin)).toBeNull();
    }
  }
});
