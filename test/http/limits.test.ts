import { expect, test } from 'bun:test';
import { FakeClock } from '../support/clock.ts';
import { issueToken } from '../../src/features/doors/auth/actions.ts';
import { startTest, type TestServer } from '../support/server.ts';

const limited = { RATE_LIMIT_PER_MINUTE: '60', RATE_LIMIT_BURST: '10' };

/** The headers of a limit as numbers; null where one is missing. */
function told(headers: Headers) {
  const number = (name: string) => {
    const value = headers.get(name);
    return value === null ? null : Number(value);
  };
  return {
    limit: number('x-ratelimit-limit'),
    remaining: number('x-ratelimit-remaining'),
    reset: number('x-ratelimit-reset'),
    retry: number('retry-after'),
  };
}

/** Calls until the bucket is empty; answers how often it went well. */
async function drain(server: TestServer, headers: Record<string, string> = {}): Promise<number> {
  for (let count = 0; count < 200; count += 1) {
    const { status } = await server.call('GET', '/gateway', undefined, headers);
    if (status === 429) return count;
  }
  throw new Error('there is no limit');
}

test('seventy requests in a burst, then 429; the headers tell the truth', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ settings: limited, clock });
  const start_s = clock.now() / 1000;
  for (let count = 1; count <= 70; count += 1) {
    const { status, headers } = await server.call('GET', '/gateway');
    expect(status).toBe(200);
    expect(told(headers)).toEqual({
      limit: 70,
      remaining: 70 - count,
      reset: start_s + count,
      retry: null,
    });
  }
  const refused = await server.call('GET', '/gateway');
  expect([refused.status, refused.code]).toEqual([429, 'rate_limited']);
  expect(told(refused.headers)).toEqual({ limit: 70, remaining: 0, reset: start_s + 70, retry: 1 });
  await clock.pass(999);
  expect((await server.call('GET', '/gateway')).status).toBe(429);
  // After as long as the answer said, and not before, there is exactly one more.
  await clock.pass(1);
  expect((await server.call('GET', '/gateway')).status).toBe(200);
  expect((await server.call('GET', '/gateway')).status).toBe(429);
  await clock.pass(70_000);
  expect(told((await server.call('GET', '/gateway')).headers).remaining).toBe(69);
});

test('parallel workers of an account are told to come back one after the other', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ settings: limited, clock });
  await drain(server);
  const refusal = async () => {
    const { status, headers, body } = await server.call('GET', '/gateway');
    return [status, told(headers).retry, body.error?.retry_after];
  };
  // One was refused when the bucket was found empty.
  for (const wait of [2, 3, 4, 5, 5]) expect(await refusal()).toEqual([429, wait, wait]);
  await clock.pass(1_000);
  expect((await refusal())[0]).toBe(200);
  for (const wait of [1, 2]) expect(await refusal()).toEqual([429, wait, wait]);
  // Others have a line of their own.
  const anna = await server.person('anna');
  await drain(server, { authorization: anna.authorization });
  const { body } = await anna.call('GET', '/gateway');
  expect(body.error.retry_after).toBe(2);
});

test('who waits longer for one request than others are spread is told the truth', async () => {
  const settings = { RATE_LIMIT_PER_MINUTE: '6', RATE_LIMIT_BURST: '1' };
  await using server = await startTest({ settings, clock: new FakeClock() });
  await drain(server);
  expect(told((await server.call('GET', '/gateway')).headers).retry).toBe(10);
});

test('an account has one bucket, whatever its tokens, addresses and routes', async () => {
  const clock = new FakeClock();
  await using server = await startTest({
    settings: { ...limited, TRUSTED_PROXIES: '127.0.0.1' },
    clock,
  });
  const anna = await server.person('anna');
  const bob = await server.person('bob');
  const second = await server.turn((turn) => issueToken(turn, anna.id));
  for (let count = 0; count < 70; count += 1) {
    const token = count % 2 === 0 ? anna.token : second;
    const path = count % 3 === 0 ? '/users/@me' : '/spaces/public';
    const { status } = await server.call('GET', path, undefined, {
      authorization: `Bearer ${token}`,
      'x-forwarded-for': `192.0.2.${count}`,
    });
    expect(status).toBe(200);
  }
  expect((await anna.call('GET', '/users/@me')).status).toBe(429);
  expect(
    (await server.call('GET', '/gateway', undefined, { authorization: `Bearer ${second}` })).status,
  ).toBe(429);
  // Others are not concerned, from the same address neither.
  expect((await bob.call('GET', '/users/@me')).status).toBe(200);
  expect((await server.call('GET', '/gateway')).status).toBe(200);
});

test('a made-up Authorization header buys nothing', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ settings: limited, clock });
  const statuses = new Map<number, number>();
  for (let count = 0; count < 80; count += 1) {
    const token = count.toString(16).padStart(64, '0');
    const { status } = await server.call('GET', '/users/@me', undefined, {
      authorization: `Bearer ${token}`,
    });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  expect(statuses).toEqual(
    new Map([
      [401, 70],
      [429, 10],
    ]),
  );
});

test('X-Forwarded-For counts only from a trusted proxy, and then its last untrusted entry', async () => {
  const clock = new FakeClock();
  await using plain = await startTest({ settings: limited, clock });
  expect(await drain(plain, { 'x-forwarded-for': '192.0.2.1' })).toBe(70);
  expect(await drain(plain, { 'x-forwarded-for': '192.0.2.2' })).toBe(0);

  await using proxied = await startTest({
    settings: { ...limited, TRUSTED_PROXIES: '127.0.0.0/8, 10.0.0.1' },
    clock,
  });
  expect(await drain(proxied, { 'x-forwarded-for': '192.0.2.1' })).toBe(70);
  expect(await drain(proxied, { 'x-forwarded-for': '192.0.2.2' })).toBe(70);
  // What the client wrote in front of it does not count, nor what comes from a second proxy of ours.
  expect(await drain(proxied, { 'x-forwarded-for': '198.51.100.7, 192.0.2.1' })).toBe(0);
  expect(await drain(proxied, { 'x-forwarded-for': '192.0.2.1, 10.0.0.1' })).toBe(0);
  // Of IPv6 a client has a whole /64; an IPv4 address written as IPv6 is the same address.
  expect(await drain(proxied, { 'x-forwarded-for': '2001:db8:1:2::1' })).toBe(70);
  expect(await drain(proxied, { 'x-forwarded-for': '2001:db8:1:2:ffff::9' })).toBe(0);
  expect(await drain(proxied, { 'x-forwarded-for': '2001:db8:1:3::1' })).toBe(70);
  expect(await drain(proxied, { 'x-forwarded-for': '::ffff:192.0.2.1' })).toBe(0);
});

test('a HEAD and a body without a length come from the same address as everything else', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ settings: limited, clock });
  const remaining = async (init: RequestInit) => {
    const { headers } = await fetch(`${server.origin}/api/v1/auth/login`, init);
    return told(headers).remaining;
  };
  expect(await remaining({})).toBe(69);
  expect(await remaining({ method: 'HEAD' })).toBe(68);
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from('{"username":"anna","password":"wrong password"}'));
      controller.close();
    },
  });
  const headers = { 'content-type': 'application/json' };
  expect(await remaining({ method: 'POST', body, headers })).toBe(67);
  // Its login was counted for this address, too.
  const credentials = JSON.stringify({ username: 'anna', password: 'wrong password' });
  for (let count = 0; count < 4; count += 1) {
    await remaining({ method: 'POST', body: credentials, headers });
  }
  const locked = await server.call('POST', '/auth/login', credentials, headers);
  expect(locked.status).toBe(429);
});

test('a limit of 0 is none', async () => {
  await using server = await startTest({ settings: { RATE_LIMIT_PER_MINUTE: '0' } });
  const answers = await Promise.all(
    Array.from({ length: 150 }, () => server.call('GET', '/gateway')),
  );
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(answers[0]?.headers.get('x-ratelimit-limit')).toBeNull();
});

test('what lies outside the API is not limited', async () => {
  await using server = await startTest({
    settings: { RATE_LIMIT_PER_MINUTE: '1', RATE_LIMIT_BURST: '0' },
  });
  for (let count = 0; count < 5; count += 1) {
    expect((await server.call('GET', '//health')).status).toBe(200);
    expect((await server.call('GET', '/nothing')).status).toBe(404);
  }
});

test('the roles of each of one’s spaces can be asked three times a minute for nothing, and no more', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ settings: limited, clock });
  const anna = await server.person('anna');
  await anna.founds('First');
  const spaces = await anna.does('GET', '/users/@me/spaces');
  const [first, second] = spaces;
  expect(spaces).toHaveLength(2);
  const left = async () => told((await anna.call('GET', '/users/@me')).headers).remaining ?? 0;
  await clock.pass(70_000);
  const before = await left();
  const roles = (space: { id: string }) => anna.call('GET', `/spaces/${space.id}/roles`);
  for (let n = 0; n < 3; n += 1) {
    for (const space of [first, second]) {
      const { status, headers } = await roles(space);
      expect([status, told(headers).remaining]).toEqual([200, null]);
    }
  }
  expect(await left()).toBe(before - 1);
  // From then on it is a request as any other, also where it is refused.
  expect(told((await roles(first)).headers).remaining).toBe(before - 2);
  expect(told((await roles({ id: '1' })).headers).remaining).toBe(before - 3);
  for (let n = before - 3; n > 0; n -= 1) expect((await roles(second)).status).toBe(200);
  expect((await roles(second)).status).toBe(429);
  await clock.pass(60_000);
  expect(told((await roles(second)).headers).remaining).toBeNull();
  // Writing is not among what is free, and neither is asking without an account.
  const path = `/spaces/${first.id}/roles`;
  expect(told((await anna.call('POST', path, { name: 'x' })).headers).remaining).toBe(59);
  expect(told((await server.call('GET', path)).headers).remaining).toBe(69);
});

test('an account and its bots share what is free for each space', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ settings: limited, clock });
  const anna = await server.person('anna');
  const [home] = await anna.does('GET', '/users/@me/spaces');
  const path = `/spaces/${home.id}/roles`;
  const made = await anna.does('POST', '/applications', { name: 'Ping' });
  await server.turn(({ tx }) =>
    tx.sqlite
      .query('INSERT INTO members (space_id, user_id, joined_at) VALUES (?, ?, 1)')
      .run(home.id, made.application.bot_user_id),
  );
  const bot = { authorization: `Bot ${made.token}` };
  const isFree = async (headers: Record<string, string>) =>
    told((await server.call('GET', path, undefined, headers)).headers).remaining === null;
  const own = { authorization: anna.authorization };
  const asked = [await isFree(own), await isFree(bot), await isFree(own)];
  expect([...asked, await isFree(bot), await isFree(own)]).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});
