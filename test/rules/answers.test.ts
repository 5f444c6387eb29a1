// What every endpoint answers, good and bad, is what the OpenAPI document says: the status, each field that has
// to be there, and each null.
import { expect, test } from 'bun:test';
import { fullPath } from '../../src/http/endpoint.ts';
import { Documented } from '../support/documented.ts';
import { operations } from '../support/fields.ts';
import type { Reply } from '../support/person.ts';
import { calledPlace, fullBody, goodBody, inPlace, send } from '../support/refusals.ts';
import { startTest } from '../support/server.ts';
import { reopen } from '../support/unclaimed.ts';

const settings = { ACCORD_TEST_MODE: 'on' };

/** Endpoints that no request here gets a good answer of, and why. */
const unanswered: Record<string, string> = {
  'POST /auth/login': 'nobody here has a password',
  'GET /app/:file':
    'nobody here knows the names of the files: test/web/routes.test.ts asks for them',
  'POST /auth/change-password': 'the same',
  'POST /auth/recovery-code': 'the same',
  'POST /auth/recover': 'nobody here has a code',
  'DELETE /users/@me/encryption': 'the same',
  'POST /auth/login/mfa': 'nobody here has a ticket',
  'POST /auth/2fa/enable': 'nobody here has a password',
  'POST /auth/2fa/verify': 'nobody here has asked for a secret',
  'POST /auth/2fa/disable': 'nobody here has a password',
  'POST /auth/2fa/backup-codes': 'the same',
  'DELETE /users/@me': 'the same',
  'POST /spaces/:space_id/transfer': 'the same',
  'POST /channels/:channel_id/voice/join': 'the channel is one for text',
  'POST /instance/claim': 'somebody administers the server',
  'POST /voice/webhook': 'it is signed by LiveKit',
};

test('whatever an endpoint answers, the document tells it', async () => {
  await using server = await startTest({ settings });
  const { body: document } = await server.call('GET', '/openapi.json');
  const documented = new Documented(document);
  const wrong: string[] = [];
  const good = new Set<string>();
  const all = operations();
  const still = await calledPlace(server);
  for (const operation of all) {
    const { name, endpoint, body } = operation;
    const path = fullPath(endpoint).replace(/:([a-z_]+)/g, '{$1}');
    const compare = (what: string, { status, headers, body: answer }: Reply) => {
      if (status === 200) good.add(name);
      const content_type = headers.get('content-type')?.split(';')[0] ?? '';
      const complaint = documented.complaint(`${endpoint.method} ${path}`, {
        status,
        content_type,
        body: answer,
      });
      if (complaint !== null) wrong.push(`${name} ${what}: ${status} ${complaint}`);
    };
    // Reading changes nothing; whatever else is called may end what others need.
    const { here, known, caller } = endpoint.method === 'GET' ? still : await calledPlace(server);
    const called = inPlace(endpoint, here);
    const elsewhere = inPlace(endpoint, {
      ...here,
      ids: { ...here.ids, space_id: '1', channel_id: '1', group_id: '1' },
    });
    const small = body === null ? undefined : JSON.stringify(goodBody(operation, known));
    const full = body === null ? undefined : JSON.stringify(fullBody(operation, known));
    compare('of what is not there', await send(caller(endpoint), elsewhere, small));
    compare('to bob', await send(here.bob, called, body === null ? undefined : '{"name": 7}'));
    const root = endpoint.at === 'root' ? '/' : '';
    const headers = { 'content-type': 'application/json' };
    compare('to nobody', await server.call(called.method, `${root}${called.path}`, small, headers));
    compare('of little', await send(caller(endpoint), called, small));
    compare('of all', await send(caller(endpoint), called, full));
    reopen(server);
  }
  expect(wrong).toEqual([]);
  const never = all
    .map(({ name }) => name)
    .filter((name) => !good.has(name) && !(name in unanswered))
    // Pictures, whose addresses hold what nobody here knows.
    .filter((name) => !name.startsWith('GET /cdn/'));
  expect(never).toEqual([]);
}, 60_000);
