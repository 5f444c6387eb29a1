import { expect, test } from 'bun:test';
import { FakeClock } from '../support/clock.ts';
import { startTest, type TestServer } from '../support/server.ts';

const password = 'correct horse';

/** From an address of its own, behind a proxy that is trusted. */
function from(address: string) {
  return { 'x-forwarded-for': address };
}

function register(server: TestServer, username: string, headers = {}) {
  return server.call('POST', '/auth/register', { username, password }, headers);
}

function login(server: TestServer, username: string, given: string, headers = {}) {
  return server.call('POST', '/auth/login', { username, password: given }, headers);
}

/** Fails so many times and answers the statuses. */
async function fail(server: TestServer, username: string, times: number, headers = {}) {
  const statuses: number[] = [];
  for (let count = 0; count < times; count += 1) {
    statuses.push((await login(server, username, 'wrong horse', headers)).status);
  }
  return statuses;
}

test('after five failures the sixth is 429 even with the right password, until the window ends', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  await register(server, 'anna');
  expect(await fail(server, 'anna', 5)).toEqual([401, 401, 401, 401, 401]);
  const locked = await login(server, 'anna', password);
  expect([locked.status, locked.code, locked.headers.get('retry-after')]).toEqual([
    429,
    'rate_limited',
    '900',
  ]);
  await clock.pass(899_000);
  expect((await login(server, 'anna', password)).headers.get('retry-after')).toBe('1');
  await clock.pass(1_000);
  expect((await login(server, 'anna', password)).status).toBe(200);
});

test('names that nobody has count as well', async () => {
  await using server = await startTest();
  expect(await fail(server, 'unknown', 6)).toEqual([401, 401, 401, 401, 401, 429]);
});

test('a right password clears what was counted', async () => {
  await using server = await startTest();
  await register(server, 'anna');
  await fail(server, 'anna', 4);
  expect((await login(server, 'anna', password)).status).toBe(200);
  expect(await fail(server, 'anna', 5)).toEqual([401, 401, 401, 401, 401]);
});

test('a name or a password that nobody can have is a wrong one, and counts', async () => {
  await using server = await startTest();
  await register(server, 'anna');
  const long = 'x'.repeat(1_100);
  const wrong = [
    await login(server, 'anna', long),
    await login(server, 'anna', `${password}${'\0'.repeat(1_100)}`),
    await login(server, 'anna', 'x'.repeat(60_000)),
    await login(server, 'anna', ''),
    await login(server, 'anna', 'wrong horse'),
  ];
  expect(wrong.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
  expect(new Set(wrong.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  expect((await login(server, 'anna', password)).status).toBe(429);
  // What no body may hold is refused before it is read, and tells nothing.
  expect((await login(server, 'anna', 'x'.repeat(1_000_000))).status).toBe(413);
  expect(await fail(server, 'n'.repeat(300), 6)).toEqual([401, 401, 401, 401, 401, 429]);
});

test('attempts at once are counted before any password is looked at', async () => {
  await using server = await startTest();
  await register(server, 'anna');
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => login(server, 'anna', 'wrong horse')),
  );
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(5);
  expect(statuses.filter((status) => status === 429)).toHaveLength(7);
});

test('any number of logins at once with the right password are let in', async () => {
  await using server = await startTest();
  await register(server, 'anna');
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => login(server, 'anna', password)),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  // Nothing of it is counted.
  expect(await fail(server, 'anna', 6)).toEqual([401, 401, 401, 401, 401, 429]);
});

test('who guesses while the owner comes in gets no more guesses for it', async () => {
  await using server = await startTest();
  await register(server, 'anna');
  await fail(server, 'anna', 4);
  const guesses = Array.from({ length: 6 }, () => login(server, 'anna', 'wrong horse'));
  const statuses = (await Promise.all(guesses)).map(({ status }) => status);
  expect(statuses.toSorted((a, b) => a - b)).toEqual([401, 429, 429, 429, 429, 429]);
  expect((await login(server, 'anna', password)).status).toBe(429);
});

test('a stranger does not lock the owner out, and meets a higher limit with many addresses', async () => {
  await using server = await startTest({ settings: { TRUSTED_PROXIES: '127.0.0.1' } });
  await register(server, 'anna', from('192.0.2.1'));
  for (let n = 0; n < 12; n += 1) await fail(server, 'anna', 5, from(`198.51.100.${n}`));
  expect((await login(server, 'anna', password, from('192.0.2.1'))).status).toBe(200);
  // The same /64 of IPv6 is the same stranger.
  await fail(server, 'anna', 5, from('2001:db8::1'));
  expect(await fail(server, 'anna', 1, from('2001:db8::2'))).toEqual([429]);
});

test('a name is locked for all when its failures come from very many addresses', async () => {
  await using server = await startTest({ settings: { TRUSTED_PROXIES: '127.0.0.1' } });
  const addresses = Array.from({ length: 20 }, (_, n) => from(`198.51.100.${n}`));
  const failures = await Promise.all(addresses.map((each) => fail(server, 'nobody-here', 5, each)));
  expect(failures.flat().every((status) => status === 401)).toBe(true);
  expect(await fail(server, 'nobody-here', 1, from('203.0.113.1'))).toEqual([429]);
  // Other names from there are not concerned.
  expect(await fail(server, 'somebody', 1, from('203.0.113.1'))).toEqual([401]);
});

test('the sixth registration of an address within a quarter of an hour is 429, also at once', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings: { TRUSTED_PROXIES: '127.0.0.1' } });
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const answers = await Promise.all(names.map((name) => register(server, name, from('192.0.2.1'))));
  const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
  const refused = await register(server, 'x', from('192.0.2.1'));
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '900']);
  expect((await register(server, 'y', from('192.0.2.2'))).status).toBe(200);
  await clock.pass(900_000);
  expect((await register(server, 'z', from('192.0.2.1'))).status).toBe(200);
});

test('a registration with fields that do not do counts; one of the wrong shape does not', async () => {
  await using server = await startTest();
  const call = (body: object) => server.call('POST', '/auth/register', body);
  for (const body of [
    {},
    { username: 'anna' },
    { username: 1, password },
    { username: 'anna', password: null },
  ]) {
    expect((await call(body)).status).toBe(422);
    expect((await call(body)).status).toBe(422);
  }
  for (const bad of [
    { username: 'Anna', password },
    { username: '', password },
    { username: 'anna', password, display_name: 'x'.repeat(33) },
    { username: 'anna', password: 'short' },
    { username: 'anna', password: 'x'.repeat(129) },
  ]) {
    expect((await call(bad)).status).toBe(400);
  }
  expect((await register(server, 'anna')).status).toBe(429);
  // Too many comes before what is wrong with the fields.
  expect((await register(server, 'Anna')).status).toBe(429);
  expect((await call({})).status).toBe(422);
});

test('a registration that fails counts, and in test mode none does', async () => {
  await using server = await startTest();
  for (let count = 0; count < 5; count += 1) {
    expect((await register(server, 'nobody')).status).toBe(409);
  }
  expect((await register(server, 'anna')).status).toBe(429);
  await using lenient = await startTest({ settings: { ACCORD_TEST_MODE: 'on' } });
  for (let count = 0; count < 7; count += 1) {
    expect((await register(lenient, 'nobody')).status).toBe(409);
  }
});
