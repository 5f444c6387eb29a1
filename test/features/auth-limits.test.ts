import { expect, test } from 'bun:test';
import { isKnownAddress } from '../../src/features/doors/auth/addresses.ts';
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
    await login(server, 'anna', `${password}${'\0'.repeat(257 - password.length)}`),
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

test('failures under one spelling of a name count for all of them', async () => {
  await using server = await startTest();
  await register(server, 'anna');
  for (const name of ['anna', 'Anna', ' ANNA', 'ａｎｎａ', 'anna\u200b']) {
    expect(await fail(server, name, 1)).toEqual([401]);
  }
  expect((await login(server, 'anna', password)).status).toBe(429);
  expect(await fail(server, 'aNNA', 1)).toEqual([429]);
});

/** A hundred failures for the name, from twenty addresses. */
async function besiege(server: TestServer, username: string) {
  const addresses = Array.from({ length: 20 }, (_, n) => from(`198.51.100.${n}`));
  const failures = await Promise.all(addresses.map((each) => fail(server, username, 5, each)));
  expect(failures.flat()).toEqual(failures.flat().map(() => 401));
}

test('where an account has logged in within 30 days, failures from elsewhere lock nobody out', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings: { TRUSTED_PROXIES: '127.0.0.1' } });
  const { data } = await register(server, 'anna', from('192.0.2.1'));
  const [home, work, elsewhere] = [from('192.0.2.1'), from('2001:db8::1'), from('203.0.113.1')];
  expect((await login(server, 'anna', password, work)).status).toBe(200);
  await besiege(server, 'anna');
  const right = async (headers: Record<string, string>) =>
    (await login(server, 'Anna', password, headers)).status;
  expect(await right(elsewhere)).toBe(429);
  for (const known of [home, work, from('2001:db8::2')]) expect(await right(known)).toBe(200);
  // Its own failures go on counting there, and theirs do not end the siege.
  expect(await fail(server, 'anna', 6, home)).toEqual([401, 401, 401, 401, 401, 429]);
  expect(await right(home)).toBe(429);
  expect(await right(work)).toBe(200);
  expect(await right(elsewhere)).toBe(429);
  // It changes its password as well.
  const change = (headers: object) =>
    server.call(
      'POST',
      '/auth/change-password',
      { old_password: password, new_password: password },
      { authorization: `Bearer ${data.token}`, ...headers },
    );
  expect((await change(elsewhere)).status).toBe(429);
  expect((await change(work)).status).toBe(200);
  // Nothing of an address can be read in the database.
  const kept = JSON.stringify(server.app.db.sqlite.query('SELECT * FROM login_addresses').all());
  expect(kept).not.toMatch(/192|2001|203/);
});

test('an address is known for 30 days after the last login, and to that account alone', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings: { TRUSTED_PROXIES: '127.0.0.1' } });
  const made = async (name: string, address: string) =>
    (await register(server, name, from(address))).data.user.id;
  const [anna, bob] = [await made('anna', '192.0.2.1'), await made('bob', '192.0.2.2')];
  const knows = (id: string, address: string) => isKnownAddress(server.app, id, address);
  expect([knows(anna, '192.0.2.1'), knows(anna, '192.0.2.2')]).toEqual([true, false]);
  expect([knows(bob, '192.0.2.1'), knows(bob, '192.0.2.2')]).toEqual([false, true]);
  await fail(server, 'anna', 1, from('192.0.2.9'));
  expect(knows(anna, '192.0.2.9')).toBe(false);
  await clock.leap(20 * 86_400_000);
  await login(server, 'anna', password, from('192.0.2.1'));
  await clock.leap(30 * 86_400_000 - 1);
  expect([knows(anna, '192.0.2.1'), knows(bob, '192.0.2.2')]).toEqual([true, false]);
  await clock.leap(1);
  expect(knows(anna, '192.0.2.1')).toBe(false);
});

test('of an account twenty addresses are remembered, and none longer than it counts', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings: { TRUSTED_PROXIES: '127.0.0.1' } });
  const { data } = await register(server, 'anna', from('192.0.2.1'));
  await register(server, 'bob', from('192.0.2.1'));
  const count = () =>
    server.app.db.sqlite.query('SELECT count(*) FROM login_addresses').values()[0]?.[0];
  for (let n = 2; n < 25; n += 1) {
    await clock.pass(1);
    await login(server, 'anna', password, from(`192.0.2.${n}`));
  }
  expect(count()).toBe(21);
  await login(server, 'anna', password, from('192.0.2.24'));
  expect(count()).toBe(21);
  const knows = (n: number) => isKnownAddress(server.app, data.user.id, `192.0.2.${n}`);
  // Those of the oldest logins gave way.
  expect([4, 5, 24].map(knows)).toEqual([false, true, true]);
  server.app.db.sqlite.run('UPDATE login_addresses SET seen_at = seen_at - 31 * 86400000');
  await login(server, 'anna', password, from('192.0.2.1'));
  expect(count()).toBe(1);
});

test('ten accounts an hour are made from one address, also at once', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings: { TRUSTED_PROXIES: '127.0.0.1' } });
  const names = Array.from({ length: 13 }, (_, n) => `name_${n}`);
  const answers = await Promise.all(names.map((name) => register(server, name, from('192.0.2.1'))));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(10);
  expect(statuses.filter((status) => status === 429)).toHaveLength(3);
  const refused = await register(server, 'x', from('192.0.2.1'));
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '3600']);
  expect((await register(server, 'y', from('192.0.2.2'))).status).toBe(200);
  await clock.pass(3_600_000);
  expect((await register(server, 'z', from('192.0.2.1'))).status).toBe(200);
});

test('how many is a setting, and 0 is no limit', async () => {
  for (const [limit, expected] of [
    ['2', [200, 200, 429]],
    ['0', Array.from({ length: 12 }, () => 200)],
  ] as const) {
    await using server = await startTest({ settings: { REGISTRATIONS_PER_ADDRESS: limit } });
    const statuses: number[] = [];
    for (const n of expected.keys()) statuses.push((await register(server, `name_${n}`)).status);
    expect(statuses).toEqual([...expected]);
  }
});

/** What is refused for its fields, or because somebody has the name. */
const mistaken: [status: number, fields: object][] = [
  [400, { username: 'Anna', password }],
  [400, { username: '', password }],
  [400, { username: 'admin', password }],
  [400, { username: 'anna', password, display_name: 'x'.repeat(33) }],
  [400, { username: 'anna', password: 'short' }],
  [400, { username: 'anna', password: 'x'.repeat(129) }],
  [409, { username: 'nobody', password }],
];

test('what was mistyped or is taken uses up no registration; a hundred an hour are looked at', async () => {
  const clock = new FakeClock();
  await using server = await startTest({
    clock,
    settings: { TRUSTED_PROXIES: '127.0.0.1', REGISTRATIONS_PER_ADDRESS: '2' },
  });
  const call = (body: object, address = '192.0.2.1') =>
    server.call('POST', '/auth/register', body, from(address));
  let failed = 0;
  while (failed < 98) {
    for (const [status, body] of mistaken) {
      const reply = await call(body);
      expect({ body, status: reply.status }).toEqual({ body, status });
      failed += 1;
    }
  }
  expect((await call({ username: 'anna', password })).status).toBe(200);
  for (const name of ['anna', 'ANNA']) await call({ username: name, password });
  const refused = await call({ username: 'bob', password });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '3600']);
  // Of the wrong shape they are no registrations.
  for (const body of [{}, { username: 'anna' }, { username: 1, password }]) {
    expect((await call(body)).status).toBe(422);
  }
  expect((await call({ username: 'bob', password }, '192.0.2.2')).status).toBe(200);
  await clock.pass(3_600_000);
  expect((await call({ username: 'cleo', password })).status).toBe(200);
  expect((await call({ username: 'dora', password })).status).toBe(200);
  // Too many comes before what is wrong with the fields.
  expect((await call({ username: 'Dora', password })).status).toBe(429);
});

test('of two who want one name at once, the second one’s try uses up nothing', async () => {
  await using server = await startTest({ settings: { REGISTRATIONS_PER_ADDRESS: '2' } });
  const both = await Promise.all([register(server, 'anna'), register(server, 'anna')]);
  expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
  expect((await register(server, 'bob')).status).toBe(200);
  expect((await register(server, 'cleo')).status).toBe(429);
});

test('in test mode no registration is counted', async () => {
  await using server = await startTest({
    settings: { ACCORD_TEST_MODE: 'on', REGISTRATIONS_PER_ADDRESS: '1' },
  });
  for (let n = 0; n < 3; n += 1) {
    expect((await register(server, `name_${n}`)).status).toBe(200);
    expect((await register(server, 'nobody')).status).toBe(409);
  }
});
