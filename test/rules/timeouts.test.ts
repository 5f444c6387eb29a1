// What a timeout leaves: every endpoint and command is tried by somebody who holds everything and is under timeout.
import { expect, spyOn, test } from 'bun:test';
import { account, accountOrGuest, anyone, instanceAdmin } from '../../src/access/rules.ts';
import { features } from '../../src/features.ts';
import { existing, type Endpoint } from '../../src/http/endpoint.ts';
import { byPath } from '../support/matrix.ts';
import { bodyOf, isOfConversation, pathOf, place, type Place } from '../support/place.ts';
import { sampleOf } from '../support/sample.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { empower } from '../support/world.ts';

const endpoints = byPath(features.flatMap((feature) => feature.endpoints));
const commands = features.flatMap((feature) => feature.commands);

/** Whether the rule is about a space, or about something in one. */
const isOfSpace = (endpoint: Endpoint) => {
  const { access, path } = endpoint;
  return (
    !path.startsWith('/applications') &&
    access.needs.length > 0 &&
    !isOfConversation(endpoint) &&
    ![anyone, account, accountOrGuest, instanceAdmin].includes(access as never)
  );
};

/** What changes something and is left: leaving, also a call, and what nobody else sees. */
const left = [
  'DELETE /channels/:channel_id/voice/leave',
  'DELETE /spaces/:space_id/members/@me',
  'POST /channels/:channel_id/ack',
  'PUT /channels/:channel_id/mute',
];

/** What only reads and is not left: the lists of those who moderate. */
const closed = [
  'GET /channels/:channel_id/invites',
  'GET /channels/:channel_id/permissions',
  'GET /spaces/:space_id/audit-log',
  'GET /spaces/:space_id/bans',
  'GET /spaces/:space_id/bans/:user_id',
  'GET /spaces/:space_id/invites',
];

const named = ({ method, path }: Pick<Endpoint, 'method' | 'path'>) => `${method} ${path}`;

/** Bob, who is an administrator of the space, has an invite, a message and a reaction there. */
async function moderator(server: TestServer): Promise<Place> {
  const here = await place(server);
  const { anna, bob, ids } = here;
  const { space_id, channel_id, emoji } = ids;
  const home = { owner: anna, space: { id: space_id }, general: { id: channel_id } };
  await empower(home, bob, 'administrator');
  const invite = await bob.does('POST', `/spaces/${space_id}/invites`, {});
  const message = await bob.says({ id: channel_id ?? '' }, 'mine');
  const of = `/channels/${channel_id}/messages/${message.id}`;
  await bob.does('PUT', `${of}/reactions/${emoji}/@me`);
  const user = await server.person(`eve_${space_id}`);
  await anna.does('PATCH', `/spaces/${space_id}`, { public: true });
  await user.joins({ id: space_id ?? '' });
  return { ...here, ids: { ...ids, code: invite.code, message_id: message.id, user_id: user.id } };
}

const silence = ({ anna, bob, ids }: Place, ends: string | null) =>
  anna.does('PATCH', `/spaces/${ids['space_id']}/members/${bob.id}`, {
    communication_disabled_until: ends,
  });
const farOff = '2090-01-01T00:00:00Z';

/** Bodies that ask for something; the smallest one that is taken may ask for nothing. */
const bodies: Record<string, unknown> = {
  'PATCH /spaces/:space_id/members/:user_id': { nickname: 'silly' },
};

test('under timeout one looks around a space and leaves it, whatever one holds', async () => {
  await using server = await startTest();
  const here = await moderator(server);
  await silence(here, farOff);
  const known = existing(endpoints, server.app.config).filter(isOfSpace);
  const isLast = (one: Endpoint) => Number(named(one) === 'DELETE /spaces/:space_id/members/@me');
  const passed: string[] = [];
  const refused: string[] = [];
  for (const endpoint of known.toSorted((a, b) => isLast(a) - isLast(b))) {
    const body = bodies[named(endpoint)] ?? bodyOf(endpoint);
    const reply = await here.bob.call(endpoint.method, pathOf(endpoint, here.ids), body);
    if (reply.status === 403) refused.push(named(endpoint));
    else passed.push(named(endpoint));
  }
  expect(passed.filter((name) => !name.startsWith('GET ')).toSorted()).toEqual(left);
  const reads = refused.filter((name) => name.startsWith('GET '));
  expect(reads.toSorted()).toEqual(closed);
});

test('under timeout no command about a channel runs', async () => {
  await using server = await startTest();
  const here = await moderator(server);
  const { space_id } = here.ids;
  const lounge = { name: 'Lounge', type: 'voice' };
  const { id: channel_id } = await here.anna.does('POST', `/spaces/${space_id}/channels`, lounge);
  await silence(here, farOff);
  const ears = await here.bob.listens();
  const about = commands.filter(({ access }) => access.needs.includes('channel_id'));
  expect(about.length).toBeGreaterThan(0);
  for (const command of about) {
    const run = spyOn(command, 'run');
    ears.send(command.op, { ...Object(sampleOf(command.data)), space_id, channel_id });
    await ears.settled();
    expect({ name: command.name, calls: run.mock.calls.length }).toEqual({
      name: command.name,
      calls: 0,
    });
    run.mockRestore();
  }
});

test('when a timeout is over, all is as it was', async () => {
  await using server = await startTest();
  const here = await moderator(server);
  const { space_id, channel_id, message_id } = here.ids;
  await silence(here, farOff);
  const { body } = await here.bob.isRefused(403, 'PATCH', `/channels/${channel_id}`, {
    topic: 'calm',
  });
  expect(body.error.message).toContain('timeout');
  await silence(here, null);
  await here.bob.does('PATCH', `/channels/${channel_id}`, { topic: 'calm' });
  await here.bob.does('DELETE', `/channels/${channel_id}/messages/${message_id}`);
  await here.bob.does('GET', `/spaces/${space_id}/bans`);
});
