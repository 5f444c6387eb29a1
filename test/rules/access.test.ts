// Who may call what: every endpoint refuses who has no token and who does not belong, as its rule says.
import { expect, test } from 'bun:test';
import { account, accountOrGuest, anyone, instanceAdmin } from '../../src/access/rules.ts';
import { features } from '../../src/features.ts';
import { existing, fullPath, type Endpoint } from '../../src/http/endpoint.ts';
import { anywhere, bodyOf, callAll, pathOf, place, type Place } from '../support/place.ts';
import { startTest } from '../support/server.ts';

const endpoints = features
  .flatMap((feature) => feature.endpoints ?? [])
  .toSorted((a, b) => (key(a) < key(b) ? -1 : 1));

function key(endpoint: Endpoint): string {
  return `${fullPath(endpoint)} ${endpoint.method}`;
}

/** Rules that let everybody in who has an account, or nobody by account. */
const isOpen = ({ access }: Endpoint) =>
  access === anyone ||
  access === account ||
  access === accountOrGuest ||
  (!access.token && access.needs.length === 0);

test('the authorization matrix', () => {
  const lines = endpoints.map((one) => `${one.method} ${fullPath(one)} — ${one.access.says}`);
  expect(lines).toMatchSnapshot();
});

/** What a stranger can know: ids can be guessed, the secret in the address of a file cannot. */
function guessed({ ids }: Place): Record<string, string> {
  return { ...ids, attachment: ids['attachment']?.split('.')[0] ?? '' };
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
