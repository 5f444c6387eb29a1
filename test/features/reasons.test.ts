import { expect, test } from 'bun:test';
import { connect } from 'node:net';
import { recordAct } from '../../src/features/base/admin-log/actions.ts';
import { record } from '../../src/features/spaces/audit-log/actions.ts';
import { allIntents, type Person, type Reply } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { empower, world, type World } from '../support/world.ts';

const header = 'X-Audit-Log-Reason';

/** Calls with a reason in the header. */
function because(
  person: Person,
  reason: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Reply> {
  const headers = { authorization: person.authorization, [header]: reason };
  return person.server.call(method, path, body, headers);
}

/** The newest entries of a space, as what was done and why. */
async function entries(
  { owner, space }: World,
  limit = 1,
): Promise<[string, string | undefined][]> {
  const found = await owner.does('GET', `/spaces/${space.id}/audit-log?limit=${limit}`);
  return found.map((one: any) => [one.action_type, one.reason]);
}

test('the reason stands in the entry of whatever was done, and is told with it', async () => {
  await using server = await startTest();
  const here = await world(server, 'anna', 'bob', 'cleo');
  const { anna, bob, cleo, space, general } = here;
  const ears = await anna.listens(['moderation']);
  const members = `/spaces/${space.id}/members`;
  await because(anna, 'rude', 'DELETE', `${members}/${bob.id}`);
  expect(await entries(here)).toEqual([['member_kick', 'rude']]);
  const [told] = await ears.unread();
  expect([told?.type, told?.data['reason']]).toEqual(['audit_log.create', 'rude']);

  const role = await empower(here, cleo, 'manage_messages');
  await because(anna, 'a new name', 'PATCH', `/spaces/${space.id}/roles/${role.id}`, {
    name: 'Mod',
  });
  expect(await entries(here)).toEqual([['role_update', 'a new name']]);
  await because(anna, 'gone', 'DELETE', `${members}/${cleo.id}/roles/${role.id}`);
  expect(await entries(here)).toEqual([['member_role_update', 'gone']]);
  await because(anna, 'busy', 'PATCH', `/channels/${general.id}`, { topic: 'soup' });
  expect(await entries(here)).toEqual([['channel_update', 'busy']]);
  await because(anna, 'at last', 'PATCH', `/spaces/${space.id}`, { name: 'Kitchen' });
  expect(await entries(here)).toEqual([['space_update', 'at last']]);
  // Without one, as ever.
  await anna.does('PATCH', `/channels/${general.id}`, { topic: 'peas' });
  expect(await entries(here)).toEqual([['channel_update', undefined]]);
});

test('every entry that the request makes has it', async () => {
  await using server = await startTest();
  const here = await world(server, 'anna');
  const { anna, space } = here;
  const path = `/spaces/${space.id}/channels`;
  const [a, b] = [
    await anna.does('POST', path, { name: 'a' }),
    await anna.does('POST', path, { name: 'b' }),
  ];
  const order = [
    { id: a.id, position: 2 },
    { id: b.id, position: 1 },
  ];
  expect((await because(anna, 'tidy', 'PATCH', path, order)).status).toBe(200);
  const found = await entries(here, 2);
  expect(found.map(([, reason]) => reason)).toEqual(['tidy', 'tidy']);
});

test('the reason of a ban is that of its body, else that of the header', async () => {
  await using server = await startTest();
  const here = await world(server, 'anna', 'bob', 'cleo', 'dora');
  const { anna, bob, cleo, dora, space } = here;
  const ban = async (person: Person, body: object) =>
    (await because(anna, 'header', 'PUT', `/spaces/${space.id}/bans/${person.id}`, body)).data;
  expect((await ban(bob, { reason: 'body' })).reason).toBe('body');
  expect(await entries(here)).toEqual([['member_ban_add', 'body']]);
  expect((await ban(cleo, {})).reason).toBe('header');
  expect(await entries(here)).toEqual([['member_ban_add', 'header']]);
  expect((await ban(dora, { reason: '' })).reason).toBe('header');
  await because(anna, 'forgiven', 'DELETE', `/spaces/${space.id}/bans/${bob.id}`);
  expect(await entries(here)).toEqual([['member_ban_remove', 'forgiven']]);
});

const good: [what: string, sent: string, kept: string | undefined][] = [
  ['plain', 'rude, twice', 'rude, twice'],
  ['encoded', 'zu%20laut%20%E2%80%93%20%F0%9F%93%A2', 'zu laut – 📢'],
  ['with blanks around', '%20%09rude%0A', 'rude'],
  ['of several lines', 'a%0Ab', 'a\nb'],
  ['composed', 'e%CC%81', 'é'],
  ['as long as can be', '%F0%9F%93%A2'.repeat(512), '📢'.repeat(512)],
  ['as long once composed', 'e%CC%81'.repeat(512), 'é'.repeat(512)],
  ['blank', '%20', undefined],
  ['empty', '', undefined],
  ['that looks empty', '%E2%80%8B', undefined],
];

test.each(good)('a reason that is %s', async (_what, sent, kept) => {
  await using server = await startTest();
  const here = await world(server, 'anna');
  const { anna, general } = here;
  const reply = await because(anna, sent, 'PATCH', `/channels/${general.id}`, { topic: 'soup' });
  expect(reply.status).toBe(200);
  expect(await entries(here)).toEqual([['channel_update', kept]]);
});

const bad: [what: string, sent: string, why: string][] = [
  ['too long', 'x'.repeat(513), 'at most 512 characters'],
  ['far too long', 'x'.repeat(8_000), 'at most 512 characters'],
  ['too long once decoded', '%F0%9F%93%A2'.repeat(513), 'at most 512 characters'],
  ['no UTF-8', '%FF', 'percent-encoded UTF-8'],
  ['half a character', '%E2%80', 'percent-encoded UTF-8'],
  ['with a lone percent sign', '100%', 'percent-encoded UTF-8'],
  ['with a wrong code', '%zz', 'percent-encoded UTF-8'],
  ['with NUL', 'a%00b', 'NUL'],
];

test.each(bad)(
  'a reason that is %s is refused by its name, and nothing is done',
  async (_what, sent, why) => {
    await using server = await startTest();
    const here = await world(server, 'anna', 'bob');
    const { anna, bob, space, general } = here;
    const before = await entries(here, 100);
    const ears = await bob.listens();
    for (const [method, path, body] of [
      ['DELETE', `/spaces/${space.id}/members/${bob.id}`],
      ['PATCH', `/channels/${general.id}`, { topic: 'soup' }],
      ['POST', `/channels/${general.id}/messages`, { content: 'hello' }],
    ] as const) {
      const reply = await because(anna, sent, method, path, body);
      expect([reply.status, reply.code]).toEqual([400, 'invalid_request']);
      expect(reply.body.error.message).toContain(header);
      expect(reply.body.error.details[header]).toContain(why);
    }
    await ears.hearsNothing();
    expect(await entries(here, 100)).toEqual(before);
    expect(await bob.does('GET', `/channels/${general.id}`)).not.toMatchObject({ topic: 'soup' });
    // Reading needs no reason, and does not look at one.
    expect((await because(anna, sent, 'GET', `/channels/${general.id}`)).status).toBe(200);
  },
);

test('a file that comes with a bad reason is not taken', async () => {
  await using server = await startTest();
  const { anna, general } = await world(server, 'anna');
  const form = new FormData();
  form.append('payload_json', JSON.stringify({ content: 'soup' }));
  form.append('files[0]', new File(['peas'], 'recipe.txt'));
  const path = `/channels/${general.id}/messages/upload`;
  expect((await because(anna, '%', 'POST', path, form)).status).toBe(400);
  expect(await anna.does('GET', `/channels/${general.id}/messages`)).toEqual([]);
});

test('a reason in UTF-8 that is not encoded is understood', async () => {
  await using server = await startTest();
  const here = await world(server, 'anna');
  const body = JSON.stringify({ topic: 'soup' });
  const lines = [
    `PATCH /api/v1/channels/${here.general.id} HTTP/1.1`,
    'Host: localhost',
    `Authorization: ${here.anna.authorization}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    `${header}: zu laut – 📢`,
    'Connection: close',
  ];
  await raw(server, `${lines.join('\r\n')}\r\n\r\n${body}`);
  expect(await entries(here)).toEqual([['channel_update', 'zu laut – 📢']]);
});

/** Sends bytes as they are; answers when the server has closed. */
function raw({ running }: TestServer, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(running.port, '127.0.0.1', () => socket.write(text));
    socket.resume();
    socket.on('close', () => resolve());
    socket.on('error', reject);
  });
}

test('in one turn, what another account does has no part in the reason', async () => {
  await using server = await startTest();
  const here = await world(server, 'anna', 'bob');
  const { anna, bob, space } = here;
  await server.turn((turn) => {
    turn.because(anna.id, 'anna said so');
    const target = { type: 'user', id: bob.id } as const;
    record(turn, { actor: anna, space }, { action: 'member_kick', target });
    record(turn, { actor: bob, space }, { action: 'member_join' });
    record(turn, { actor: anna, space }, { action: 'member_kick', target, reason: 'her own' });
    recordAct(turn, anna, { action: 'login_read' });
    recordAct(turn, bob, { action: 'login_read' });
    recordAct(turn, null, { action: 'login_read' });
  });
  expect(await entries(here, 3)).toEqual([
    ['member_kick', 'her own'],
    ['member_join', undefined],
    ['member_kick', 'anna said so'],
  ]);
  const acts = await server.admin.does('GET', '/admin/audit-log');
  expect(acts.map(({ reason }: any) => reason)).toEqual([undefined, undefined, 'anna said so']);
  // The next turn knows nothing of it.
  await server.turn((turn) => record(turn, { actor: anna, space }, { action: 'member_join' }));
  expect(await entries(here)).toEqual([['member_join', undefined]]);
});

test('the document names the header for whatever changes something, and for nothing else', async () => {
  await using server = await startTest();
  const { body: document } = await server.call('GET', '/openapi.json');
  const reference = { $ref: '#/components/parameters/AuditLogReason' };
  expect(document.components.parameters.AuditLogReason).toMatchObject({
    name: header,
    in: 'header',
  });
  for (const [path, methods] of Object.entries<any>(document.paths)) {
    for (const [method, { parameters = [], responses }] of Object.entries<any>(methods)) {
      const names = parameters.some((one: any) => one.$ref === reference.$ref);
      const writes = method !== 'get' && path.startsWith('/api/v1/');
      expect([path, method, names]).toEqual([path, method, writes]);
      if (writes) expect(Object.keys(responses)).toContain('400');
    }
  }
});

test('web pages may send both headers', async () => {
  await using server = await startTest();
  const { headers } = await server.call('OPTIONS', '/auth/login');
  const allowed = headers.get('access-control-allow-headers')?.split(', ');
  expect(allowed).toEqual(expect.arrayContaining(['x-audit-log-reason', 'x-device-name']));
});

test('nothing of a reason is told to who may not read the log', async () => {
  await using server = await startTest();
  const { anna, bob, cleo, space } = await world(server, 'anna', 'bob', 'cleo');
  const ears = await bob.listens(allIntents);
  await because(anna, 'whisper', 'DELETE', `/spaces/${space.id}/members/${cleo.id}`);
  const heard = await ears.unread();
  expect(heard.map(({ type }) => type)).toContain('member.leave');
  expect(JSON.stringify(heard)).not.toContain('whisper');
});
