// An account that has to set a new password: until it has, it may do that, and hardly anything else.
import { expect, spyOn, test } from 'bun:test';
import { requireNewPassword } from '../../src/features/people/users/actions.ts';
import { indexAll } from '../../src/features/talk/search/indexing.ts';
import { features } from '../../src/features.ts';
import { existing } from '../../src/http/endpoint.ts';
import { Flutter } from '../support/clients/flutter.ts';
import { FlutterSocket } from '../support/clients/flutter-socket.ts';
import { Ears } from '../support/ears.ts';
import { Guest } from '../support/guest.ts';
import { Person } from '../support/person.ts';
import { anywhere, bodyOf, pathOf, place } from '../support/place.ts';
import { logsIn, newcomer, password } from '../support/second-factor.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { Traces } from '../support/traces.ts';

const other = 'battery staple';
const change = { old_password: password, new_password: other };

const unsettle = (server: TestServer, { id }: { id: string }) =>
  server.turn((turn) => requireNewPassword(turn, id));

async function logIn(server: TestServer, name: string, given = password): Promise<Person> {
  const { data } = await logsIn(server, name, given);
  return new Person(server, { id: data.user.id, name, token: data.token });
}

test('the flow of the clients: log in, be told, change the password with the new token, go on with it', async () => {
  await using server = await startTest();
  await newcomer(server, 'anna');
  const { data } = await logsIn(server, 'anna');
  await unsettle(server, data.user);
  const told = await logsIn(server, 'anna');
  expect(told.data.force_password_reset).toBe(true);
  const anna = new Person(server, { id: data.user.id, name: 'anna', token: told.data.token });
  const elsewhere = new Person(server, { id: anna.id, name: 'anna', token: data.token });
  expect(await anna.does('GET', '/users/@me')).toMatchObject({ id: anna.id });
  const refused = await anna.isRefused(403, 'GET', '/users/@me/spaces');
  expect([refused.code, refused.body.error.message]).toEqual([
    'forbidden',
    expect.stringContaining('new password'),
  ]);
  await anna.isRefused(403, 'POST', '/auth/change-password', { ...change, old_password: 'wrong' });
  await anna.isRefused(403, 'POST', '/spaces', { name: 'Home' });
  await anna.does('POST', '/auth/change-password', change);
  await anna.does('GET', '/users/@me/spaces');
  await anna.founds();
  const ears = await anna.listens();
  await ears.hearsNothing();
  expect((await logsIn(server, 'anna', other)).data).not.toHaveProperty('force_password_reset');
  await elsewhere.isRefused(401, 'GET', '/users/@me');
});

test('the password that has to be changed is no new one, however it is written', async () => {
  await using server = await startTest();
  const { id } = await newcomer(server, 'anna');
  await unsettle(server, { id });
  const anna = await logIn(server, 'anna');
  const path = '/auth/change-password';
  for (const new_password of [password, 'ｃｏｒｒｅｃｔ horse']) {
    const { body } = await anna.isRefused(400, 'POST', path, { ...change, new_password });
    expect(Object.keys(body.error.details)).toEqual(['password']);
  }
  await anna.isRefused(403, 'GET', '/users/@me/spaces');
  await anna.does('POST', path, change);
  await anna.does('GET', '/users/@me/spaces');
  // Who does not have to may.
  await anna.does('POST', path, { old_password: other, new_password: other });
});

test('every endpoint but these four refuses it, and it leaves no trace; where nobody is asked who it is, it may as anybody', async () => {
  await using server = await startTest();
  const { anna, ids } = await place(server);
  await unsettle(server, anna);
  await indexAll(server.app);
  const traces = await Traces.of(server, []);
  const endpoints = features.flatMap((feature) => feature.endpoints);
  const judged = existing(endpoints, server.app.config).filter(
    ({ access }) => access.token || access.needs.length > 0,
  );
  const let_in: string[] = [];
  for (const endpoint of judged) {
    if (endpoint.unsettled) continue;
    const path = pathOf(endpoint, { ...anywhere, ...ids });
    const reply = await anna.call(endpoint.method, path, bodyOf(endpoint));
    const says = String(reply.body?.error?.message);
    if (reply.status === 403 && says.includes('new password')) continue;
    let_in.push(`${endpoint.method} ${endpoint.path}: ${reply.status} ${says}`);
  }
  expect(let_in).toEqual([]);
  expect(await traces.all()).toEqual([]);
  const open = judged.filter(({ unsettled }) => unsettled);
  expect(open.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual([
    'GET /users/@me',
    'POST /auth/change-password',
    'POST /auth/logout',
    'POST /auth/sessions/revoke-all',
  ]);
  expect((await anna.call('GET', '/settings')).status).toBe(200);
  const nobody = { username: 'nobody-here', password };
  expect((await anna.call('POST', '/auth/login', nobody)).status).toBe(401);
});

test('it can log out, everywhere or here', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const elsewhere = await logIn(server, 'anna');
  await unsettle(server, anna);
  await elsewhere.does('POST', '/auth/logout');
  await elsewhere.isRefused(401, 'GET', '/users/@me');
  await anna.does('GET', '/users/@me');
  const third = await logIn(server, 'anna');
  await anna.does('POST', '/auth/sessions/revoke-all');
  for (const one of [anna, third]) await one.isRefused(401, 'GET', '/users/@me');
});

test('its sockets close at once, and none begins or resumes until the password is new; nobody else’s do', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const { application, token } = await anna.does('POST', '/applications', { name: 'Robo' });
  const bot = new Person(server, { id: application.bot_user_id, name: 'Robo', token });
  bot.scheme = 'Bot';
  const elsewhere = await logIn(server, 'anna');
  const dropped = await anna.listens();
  const { session_id } = dropped.ready;
  dropped.drop();
  const [ears, others, bots] = [
    await anna.listens(),
    await elsewhere.listens(),
    await bot.listens(),
  ];
  const admins = await server.admin.listens();
  await unsettle(server, anna);
  expect(await Promise.all([ears.closes(), others.closes()])).toEqual([4004, 4004]);
  const attempt = async (op: number, data: object) => {
    const socket = await Ears.open(server.gateway);
    socket.send(op, data);
    const code = await socket.closes();
    return [code, socket.frames.map(({ op: one }) => one).filter((one) => one !== 5)];
  };
  // No op 7, after which the Flutter client would come back by itself for ever.
  const identify = { token: anna.authorization, intents: [] };
  expect(await attempt(2, identify)).toEqual([4004, []]);
  const resume = { token: anna.authorization, session_id, seq: dropped.seq };
  expect(await attempt(3, resume)).toEqual([4004, []]);
  for (const one of [bots, admins]) {
    await one.settled();
    expect(one.closed).toBeNull();
  }
  await bot.does('GET', '/users/@me/spaces');
  await anna.does('POST', '/auth/change-password', change);
  await anna.listens();
  // What was missed meanwhile was nobody's.
  expect(await attempt(3, resume)).toEqual([4009, [7]]);
});

test('a request that was under way does not slip through', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const argon2 = await import('@node-rs/argon2');
  const compare = argon2.verify;
  const verify = spyOn(argon2, 'verify').mockImplementation(async (...given) => {
    await unsettle(server, anna);
    const isRight = await compare(...given);
    return isRight;
  });
  try {
    await anna.isRefused(403, 'POST', '/auth/2fa/enable', { password });
    expect(verify).toHaveBeenCalledTimes(1);
  } finally {
    verify.mockRestore();
  }
  expect(server.app.db.sqlite.query('SELECT * FROM second_factors').all()).toEqual([]);
});

test('the Flutter client is neither signed out nor sent round in circles', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  await unsettle(server, anna);
  using socket = new FlutterSocket({
    url: server.gateway,
    token: anna.token,
    delays: { refused: 1, closed: 0 },
    second_ms: 10,
  });
  const client = new Flutter(server).has(anna.token);
  const [me, spaces] = [
    await client.rest.call('GET', '/users/@me'),
    await client.rest.call('GET', '/users/@me/spaces'),
  ];
  expect([me.ok, spaces.ok, spaces.status]).toEqual([true, false, 403]);
  expect(client.rest.isSignedOut).toBe(false);
  expect(await socket.ends()).toBe(4004);
  expect(socket.identifies).toBe(1);
});

test('neither a guest nor a bot is ever asked for a new password', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const { space } = await anna.founds();
  const guest = await Guest.enter(server, space);
  const { application, token } = await anna.does('POST', '/applications', { name: 'Robo' });
  const bot = new Person(server, { id: application.bot_user_id, name: 'Robo', token });
  bot.scheme = 'Bot';
  const { sqlite } = server.app.db;
  sqlite.run('UPDATE users SET force_password_reset = 1 WHERE id IN (?, ?)', [anna.id, bot.id]);
  await bot.does('GET', '/users/@me/spaces');
  expect((await guest.call('GET', `/spaces/${space.id}`)).status).toBe(200);
});

test('the documents say who may call what until then', async () => {
  await using server = await startTest();
  const { paths, info } = (await server.call('GET', '/openapi.json')).body;
  const of = (method: string, path: string) => paths[`/api/v1${path}`][method];
  expect(of('get', '/users/@me')['x-access']).toContain('new password');
  expect(of('get', '/users/@me').responses).not.toHaveProperty('403');
  expect(of('get', '/users/@me/spaces')['x-access']).not.toContain('new password');
  expect(of('get', '/users/@me/spaces').responses).toHaveProperty('403');
  expect(info.description).toContain('new one');
});
