// Who may do what: endpoints and commands refuse who has no account and who does not belong, as their rules say.
import { expect, spyOn, test } from 'bun:test';
import { account, accountOrGuest, anyone, instanceAdmin } from '../../src/access/rules.ts';
import { features } from '../../src/features.ts';
import { stageOf, type Command } from '../../src/gateway/command.ts';
import { existing, type Endpoint } from '../../src/http/endpoint.ts';
import { Ears } from '../support/ears.ts';
import { Guest } from '../support/guest.ts';
import { byPath, matrixOf } from '../support/matrix.ts';
import { anywhere, bodyOf, callAll, pathOf, place, type Place } from '../support/place.ts';
import { sampleOf } from '../support/sample.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { Traces } from '../support/traces.ts';

const endpoints = byPath(features.flatMap((feature) => feature.endpoints));

const commands = features.flatMap((feature) => feature.commands);

/** Rules that let everybody in who has an account, or nobody by account. */
const isOpen = ({ access }: Pick<Endpoint, 'access'>) =>
  access === anyone ||
  access === account ||
  access === accountOrGuest ||
  (!access.token && access.needs.length === 0);

test('the authorization matrix', () => {
  expect(matrixOf(endpoints)).toMatchSnapshot();
});

test('the authorization matrix of the socket', () => {
  const lines = commands.map(
    (one) => `op ${one.op} ${one.name} — ${one.access.says}; ${stageOf(one)}`,
  );
  expect(lines.toSorted()).toMatchSnapshot();
});

/** What a stranger can know: ids can be guessed, the secrets in addresses of files cannot. */
function guessed({ ids }: Place): Record<string, string> {
  const attachment = ids['attachment']?.split('.')[0] ?? '';
  return { ...ids, attachment, picture: '0'.repeat(32) };
}

test('without a token nobody gets in where one is needed', async () => {
  await using server = await startTest();
  const ids = guessed(await place(server));
  const let_in: string[] = [];
  const known = existing(endpoints, server.app.config);
  for (const endpoint of known.filter(({ access }) => access !== anyone)) {
    for (const authorization of ['', `Bearer ${'0'.repeat(64)}`, 'Bearer', 'Basic eDp5']) {
      const path = pathOf(endpoint, { ...anywhere, ...ids });
      const reply = await server.call(endpoint.method, path, undefined, { authorization });
      // Who may do without a token is told what is wrong only where nothing is given away by it.
      const refusals = endpoint.access.token ? [401] : [401, 403, 404];
      if (!refusals.includes(reply.status))
        let_in.push(`${endpoint.method} ${path}: ${reply.status}`);
    }
  }
  expect(let_in).toEqual([]);
});

test('a stranger gets in nowhere but where every account may', async () => {
  await using server = await startTest();
  const ids = guessed(await place(server));
  const stranger = await server.person('cleo');
  const let_in: string[] = [];
  for (const endpoint of endpoints.filter((one) => !isOpen(one))) {
    const path = pathOf(endpoint, ids);
    const reply = await stranger.call(endpoint.method, path, bodyOf(endpoint));
    if (![403, 404].includes(reply.status)) {
      let_in.push(`${endpoint.method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    }
  }
  expect(let_in).toEqual([]);
});

test('who belongs there gets in by the same paths', async () => {
  await using server = await startTest();
  const called = await callAll(
    server,
    endpoints.filter((one) => !isOpen(one)),
    ({ access }, { anna }) => (access === instanceAdmin ? server.admin : anna),
  );
  const refused = called
    .filter(({ reply }) => [401, 403, 404].includes(reply.status))
    .map(
      ({ endpoint, reply }) => `${endpoint.method} ${endpoint.path}: ${reply.body.error.message}`,
    );
  expect(refused).toEqual([]);
});

/** A place with a voice channel where its people and commands meet, and the ids that commands name. */
async function talkingPlace(server: TestServer) {
  const here = await place(server);
  const space_id = here.ids['space_id'] ?? '';
  const lounge = { name: 'Lounge', type: 'voice' };
  const channel = await here.anna.does('POST', `/spaces/${space_id}/channels`, lounge);
  return { ...here, ids: { space_id, channel_id: String(channel.id) } };
}

/** Sends each of the commands about the place; answers the names of those that ran. */
async function ran(
  ears: Ears,
  said: readonly Command[],
  ids: Record<string, string>,
): Promise<string[]> {
  const spies = said.map((command) => ({ command, spy: spyOn(command, 'run') }));
  for (const { op, data, access } of said) {
    const named = Object.fromEntries(access.needs.map((name) => [name, ids[name]]));
    ears.send(op, { ...Object(sampleOf(data)), ...named });
  }
  await ears.settled();
  const names = spies.flatMap(({ command, spy }) => spy.mock.calls.map(() => command.name));
  for (const { spy } of spies) spy.mockRestore();
  return names;
}

const names = commands.map(({ name }) => name);

test('whoever has a valid token gets 401 nowhere: on that, clients sign the account out', async () => {
  await using server = await startTest();
  const stranger = await server.person('stranger');
  // Logins ask for no token; others end the token, or are signed by LiveKit.
  const others = [
    ...['/auth/login', '/auth/login/mfa'],
    ...['/auth/logout', '/auth/sessions/revoke-all', '/voice/webhook'],
  ];
  const asked = endpoints.filter(({ path }) => !others.includes(path));
  for (const who of [null, stranger]) {
    const called = await callAll(server, asked, (_endpoint, { anna }) => who ?? anna);
    const wrong = called.filter(({ reply }) => reply.status === 401);
    expect(wrong.map(({ endpoint: { method, path } }) => `${method} ${path}`)).toEqual([]);
  }
});

test('a guest of the space gets nowhere over the socket, also where guests read', async () => {
  await using server = await startTest();
  const { anna, ids } = await talkingPlace(server);
  const { space_id, channel_id } = ids;
  await anna.does('PATCH', `/spaces/${space_id}`, { public: true, allow_guest_access: true });
  await anna.does('PATCH', `/channels/${channel_id}`, { allow_anonymous_read: true });
  const guest = await Guest.enter(server, { id: space_id });
  const [ears, annas] = [await guest.listens(), await anna.listens()];
  const traces = await Traces.of(server, [ears, annas]);
  expect(await ran(ears, commands, ids)).toEqual([]);
  expect(await traces.all()).toEqual([]);
});

test('a stranger gets nowhere over the socket but where every account may', async () => {
  await using server = await startTest();
  const { anna, ids } = await talkingPlace(server);
  const stranger = await server.person('cleo');
  const [annas, ears] = [await anna.listens(), await stranger.listens()];
  await annas.unread();
  const traces = await Traces.of(server, [ears, annas]);
  const closed = commands.filter((one) => !isOpen(one));
  expect(closed.length).toBeGreaterThan(1);
  expect(await ran(ears, closed, ids)).toEqual([]);
  expect(await traces.all()).toEqual([]);
});

test('before IDENTIFY no command runs and none is refused; who belongs there gets in by the same data', async () => {
  await using server = await startTest();
  const { bob, ids } = await talkingPlace(server);
  const early = await Ears.open(server.gateway);
  expect(await ran(early, commands, ids)).toEqual([]);
  early.send(2, { token: bob.authorization, intents: [] });
  await early.hears('ready');
  expect(await ran(early, commands, ids)).toEqual(names);
});
