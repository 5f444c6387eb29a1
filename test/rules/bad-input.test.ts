// Input that is wrong, derived from what the document says of each field: refused by name, and without a trace.
import { expect, test } from 'bun:test';
import {
  boundsOf,
  fieldsOf,
  isBounded,
  nameOf,
  operations,
  type Field,
} from '../support/fields.ts';
import type { Reply } from '../support/person.ts';
import {
  calledPlace,
  complaints,
  fullBody,
  goodBody,
  inPlace,
  send,
  watchedPlace,
  needsSome,
  type Known,
} from '../support/refusals.ts';
import { startTest } from '../support/server.ts';
import { reopen } from '../support/unclaimed.ts';
import {
  goodOf,
  limitsOf,
  ownName,
  spoiledOf,
  withValue,
  wrongQueries,
} from '../support/values.ts';

const all = operations();
const withBody = all.flatMap((one) => (one.body === null ? [] : [{ ...one, body: one.body }]));
const patience_ms = 60_000;
/** Nobody registers too often. */
const settings = { ACCORD_TEST_MODE: 'on' };

/** Endpoints that have no good answer to what is right here, and why. */
const unanswered: Record<string, string> = {
  'POST /auth/login': 'nobody here has a password',
  'POST /auth/change-password': 'nobody here has a password',
  'DELETE /users/@me': 'the same',
  'DELETE /users/@me/encryption': 'the same',
  'POST /auth/login/mfa': 'nobody here has a ticket',
  'POST /auth/2fa/enable': 'nobody here has a password',
  'POST /auth/2fa/verify': 'nobody here has asked for a secret',
  'POST /auth/2fa/disable': 'nobody here has a password',
  'POST /auth/2fa/backup-codes': 'the same',
  'POST /auth/recovery-code': 'the same',
  'POST /auth/recover': 'nobody here has a code',
  'POST /spaces/:space_id/transfer': 'the same',
  'POST /channels/:channel_id/voice/join': 'the channel is one for text',
  'DELETE /spaces/:space_id/members/@me': 'its owner cannot leave',
  'POST /instance/claim': 'somebody administers the server',
};

/** Endpoints whose first good answer takes away what the next one would need. */
const onlyOnce = /^POST \/admin\/registrations\//;

/** Whether a request got past its schema, and past everything else where that can be. */
function isTaken(name: string, { status, body }: Reply): boolean {
  if (onlyOnce.test(name)) return [200, 404].includes(status);
  if (!(name in unanswered)) return status === 200;
  return ![200, 415, 422].includes(status) && body.error.details === undefined;
}

/** Whole numbers that are moved to the bound where they are out of it. */
const clamped = ['limit'];
const isClamped = ({ path }: Field) => clamped.includes(ownName(path));

/** Fields whose wrong values are passed over. */
const passedOver = ['nonce'];
/** Fields that take only what was handed out. */
const codes = ['invite_code', 'setup_code'];
const isFree = ({ path }: Field) => path.length > 0 && !codes.includes(ownName(path));
const isJudged = ({ path }: Field) => !passedOver.includes(ownName(path));

/** Values that are as right as others, by what they are. */
function rightValues(field: Field, known: Known): [what: string, value: unknown][] {
  const { path, said } = field;
  const good = () => goodOf(said, ownName(path), known);
  const found: [string, unknown][] = [['good', good()], ...limitsOf(field, known)];
  if (said.type === 'object') {
    found.push(['an unknown key', { ...Object(good()), nonsense: { a: [1] } }]);
  }
  if (isClamped(field)) found.push(['below all', -(2 ** 31)], ['above all', 2 ** 53 - 1]);
  return found;
}

test(
  'a field that is wrong is refused by its name, and leaves no trace',
  async () => {
    await using server = await startTest({ settings });
    const { here, known, traces, caller } = await watchedPlace(server);
    const wrong: string[] = [];
    for (const operation of withBody) {
      const { name, body } = operation;
      const endpoint = inPlace(operation.endpoint, here);
      for (const field of fieldsOf(body).filter(isJudged)) {
        for (const { why, value, status } of spoiledOf(field, known)) {
          if (status === 400 && isClamped(field)) continue;
          const spoiled = withValue(body, goodBody(operation, known), field.path, value, known);
          const reply = await send(caller(endpoint), endpoint, JSON.stringify(spoiled));
          const found = [...complaints(reply, [status], field), ...traces.rows()];
          wrong.push(...found.map((one) => `${name} ${nameOf(field)} ${why}: ${one}`));
        }
      }
      wrong.push(...(await traces.all()).map((one) => `${name}: ${one}`));
    }
    expect(wrong).toEqual([]);
  },
  patience_ms,
);

test(
  'a body that is right is answered, up to its bounds, whatever else stands in it',
  async () => {
    await using server = await startTest({ settings });
    const refused: string[] = [];
    for (const operation of withBody) {
      const { name, body } = operation;
      const { here, known, caller } = await calledPlace(server);
      const endpoint = inPlace(operation.endpoint, here);
      const call = async (what: string, text: string) => {
        const reply = await send(caller(endpoint), endpoint, text);
        if (isTaken(name, reply)) return;
        refused.push(`${name} ${what}: ${reply.status} ${reply.body.error?.message}`);
      };
      const good = () => goodBody(operation, known);
      await call('as it is', JSON.stringify(good()));
      if (body.type === 'object') {
        await call('an unknown key', JSON.stringify({ ...Object(good()), nonsense: [null] }));
        if (body.required.length === 0 && !endpoint.upload && !needsSome(name))
          await call('nothing', '');
      }
      for (const field of fieldsOf(body).filter(isFree)) {
        for (const [what, value] of rightValues(field, known)) {
          const text = JSON.stringify(withValue(body, good(), field.path, value, known));
          await call(`${nameOf(field)} ${what}`, text);
        }
      }
      reopen(server);
    }
    expect(refused).toEqual([]);
  },
  patience_ms,
);

test(
  'a body that is no JSON is refused, and leaves no trace',
  async () => {
    await using server = await startTest({ settings });
    const { here, known, traces, caller } = await watchedPlace(server);
    const wrong: string[] = [];
    for (const operation of withBody) {
      const { name, body } = operation;
      const endpoint = inPlace(operation.endpoint, here);
      const person = caller(endpoint);
      const check = (what: string, reply: Reply, status: number) =>
        wrong.push(...complaints(reply, [status]).map((one) => `${name} ${what}: ${one}`));
      const good = JSON.stringify(goodBody(operation, known));
      for (const text of ['{', good.slice(0, -1), `${good},`, 'a=1', '\0']) {
        check(text, await send(person, endpoint, text), 400);
      }
      if (body.required.length > 0 || body.type === 'array') {
        check('nothing', await send(person, endpoint, ' '), 400);
      }
      const headers = { authorization: person.authorization, 'content-type': 'text/plain' };
      const plain = await server.call(endpoint.method, endpoint.path, good, headers);
      check('text/plain', plain, endpoint.upload ? 400 : 415);
      wrong.push(...(await traces.all()).map((one) => `${name}: ${one}`));
    }
    expect(wrong).toEqual([]);
  },
  patience_ms,
);

/** The last one is the id of nothing. */
const noIds = ['abc', '-1', '1.5', '9'.repeat(20), '..%2f..', '%00', 'x'.repeat(300), '%ff', '7'];

/** Parameters for which it is 200 as well when nothing has that id, and why. */
const alike: Record<string, string> = {
  'DELETE /channels/:channel_id/mute channel_id': 'what is gone is not muted',
  'DELETE /spaces/:space_id/members/:user_id user_id': 'who is not there is gone',
  'DELETE /spaces/:space_id/bans/:user_id user_id': 'who is not banned may come',
  'DELETE /channels/:channel_id/permissions/:overwrite_id overwrite_id': 'there is none',
  'DELETE /channels/:channel_id/messages/:message_id/reactions/:emoji/:user_id user_id':
    'there is none',
  'GET /cdn/attachments/:channel_id/:attachment/:filename filename': 'the name decides nothing',
};

/** The statuses that are right where that stands in the place of an id. */
function statusesFor(method: string, parameter: string, isAlike: boolean, id: string): number[] {
  if (id === '%ff') return [400];
  if (parameter === 'emoji') {
    // Whoever reacts names one emoji; others take whatever may stand there, in one line.
    const isOne = method === 'PUT' ? ['abc', '-1', '7'].includes(id) : id !== '%00';
    return isOne && id.length <= 128 ? [200] : [400];
  }
  return isAlike ? [200, 403, 404] : [403, 404];
}

test(
  'what is the id of nothing leads nowhere, and leaves no trace',
  async () => {
    await using server = await startTest({ settings });
    const { here, known, traces, caller } = await watchedPlace(server);
    const wrong: string[] = [];
    for (const operation of all) {
      const { name, endpoint, parameters } = operation;
      // With all that it can hold, images too: what was put on the disk goes again.
      const text = JSON.stringify(fullBody(operation, known));
      for (const parameter of parameters) {
        // Some of these are names of emojis, and make a reaction.
        const changes = endpoint.method === 'PUT' && parameter === 'emoji';
        for (const id of noIds) {
          const ids = { ...here.ids, [parameter]: id };
          if (parameter === 'user_id') ids['banned_id'] = id;
          if (parameter === 'channel_id') ids['group_id'] = id;
          const reply = await send(caller(endpoint), inPlace(endpoint, { ...here, ids }), text);
          const statuses = statusesFor(
            endpoint.method,
            parameter,
            `${name} ${parameter}` in alike,
            id,
          );
          const found = complaints(reply, statuses);
          if (!changes) found.push(...traces.rows());
          const call = `${name} ${parameter} ${id.slice(0, 20)}`;
          wrong.push(...found.map((one) => `${call}: ${one}`));
        }
        const left = await traces.all();
        if (!changes) wrong.push(...left.map((one) => `${name} ${parameter}: ${one}`));
      }
    }
    expect(wrong).toEqual([]);
  },
  patience_ms,
);

/** What a query needs beside the field, where one of several is needed. */
const besides: Record<string, string> = {
  'GET /spaces/:space_id/messages/search': 'pinned=false',
};

/** Lists whose reading is an entry in the log of admins. */
const recorded = ['GET /admin/users/:user_id/logins'];

test(
  'a query that is wrong is refused by its name, one that is right is not, and neither leaves a trace',
  async () => {
    await using server = await startTest({ settings });
    const { here, known, traces, caller } = await watchedPlace(server);
    const wrong: string[] = [];
    for (const { name, endpoint, query } of all) {
      const [path = '', asked = ''] = inPlace(endpoint, here).path.split('?');
      const call = (key: string, values: readonly unknown[]) => {
        const params = new URLSearchParams(besides[name] ?? asked);
        params.delete(key);
        for (const value of values) params.append(key, String(value));
        const asks = { ...endpoint, path: `${path}?${params.toString()}` };
        return send(caller(endpoint), asks, undefined);
      };
      for (const field of query) {
        const key = nameOf(field);
        const good = () => goodOf(field.said, key, known);
        const bad: [string, unknown[]][] = [['twice', [good(), good()]]];
        if (field.required) bad.push(['missing', []]);
        for (const [why, text] of wrongQueries(field, isClamped(field))) bad.push([why, [text]]);
        for (const [why, values] of bad) {
          const found = complaints(await call(key, values), [400], field);
          wrong.push(...found.map((one) => `${name} ?${key} ${why}: ${one}`));
        }
        const right = rightValues({ ...field, required: true }, known);
        for (const [what, value] of right) {
          const reply = await call(key, [value]);
          if (!isTaken(name, reply)) wrong.push(`${name} ?${key} ${what}: ${reply.status}`);
        }
      }
      if (query.length > 0 && !isTaken(name, await call('nonsense', [1]))) {
        wrong.push(`${name} ?nonsense is not ignored`);
      }
      const left = await traces.all();
      if (!recorded.includes(name)) wrong.push(...left.map((one) => `${name}: ${one}`));
    }
    expect(wrong).toEqual([]);
  },
  patience_ms,
);

const allFields = all.flatMap(({ name, body, query }) => [
  ...query.map((field) => ({ name: `${name} ?`, field })),
  ...(body === null ? [] : fieldsOf(body)).map((field) => ({ name: `${name} `, field })),
]);

/** Fields without bounds of their own, by what they are called or by the endpoint too, and why. */
const unbounded: Record<string, string> = {
  image: 'a data URI, bounded in bytes by a setting',
  icon: 'the same',
  avatar: 'the same',
  banner: 'the same',
  color: 'any whole number, given back as it was',
  accent_color: 'the same',
  'POST /auth/login username': 'what is too long is wrong like any other',
  'POST /auth/login password': 'the same',
  'POST /auth/change-password old_password': 'the same',
  'POST /auth/change-password current_password': 'the same',
  'DELETE /users/@me password': 'the same',
  'DELETE /users/@me/encryption password': 'the same',
  'POST /auth/2fa/enable password': 'the same',
  'POST /auth/2fa/disable password': 'the same',
  'POST /auth/2fa/backup-codes password': 'the same',
  'POST /auth/recovery-code password': 'the same',
  'POST /auth/recover username': 'the same',
  'POST /auth/recover recovery_code': 'the same',
  'POST /spaces/:space_id/transfer password': 'the same',
  width: 'the same',
  height: 'the same',
  max_uses: '0 and below mean any number of them',
  max_age: '0 and below mean for ever',
  limit: 'moved to its bounds, which the description tells',
  delete_message_seconds: 'the same',
  'POST /channels/:channel_id/call/ring metadata': 'any JSON, whose size the description tells',
};

test('the document tells the bounds of every text, number and list', () => {
  const wide = allFields.filter(({ field }) => !isBounded(field));
  const untold = wide.filter(({ field }) => !(ownName(field.path) in unbounded));
  const names = untold.map(({ name, field }) => `${name}${nameOf(field)}`);
  expect(names.filter((name) => !(name in unbounded))).toEqual([]);
});

test('the bounds of everything that a request can hold', () => {
  const lines = allFields
    .filter(({ field: { path, said } }) => path.length > 0 || said.type === 'array')
    .map(({ name, field }) => `${name}${boundsOf(field)}`);
  expect(lines).toMatchSnapshot();
});
