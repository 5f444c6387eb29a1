// What the client says that one may do is what the server lets one do.
import { expect } from 'bun:test';
import { readerOf } from '../../src/access/hearing.ts';
import { permissionNames } from '../../src/access/permissions.ts';
import { placeOf } from '../../src/access/place.ts';
import { canInChannel } from '../../src/client/permissions.ts';
import { steps, type Followed } from '../support/steps.ts';
import { deny, empower } from '../support/world.ts';

/** Compares every permission of everybody in every channel that they know. */
async function sameRights({ server, clock, followers }: Followed): Promise<void> {
  for (const follower of followers) {
    await follower.follow();
    const { person, replica } = follower;
    const { name, id } = person;
    for (const channel of [...replica.channels.values(), ...replica.conversations.values()]) {
      const place = placeOf(server.app, readerOf(server.app.db, id), channel.id);
      const can = canInChannel(replica, channel, clock.now());
      const where = { name, channel: channel.name };
      expect({ ...where, may: permissionNames.filter((one) => can(one)) }).toEqual({
        ...where,
        may: permissionNames.filter((one) => place?.can(one) ?? false),
      });
    }
  }
}

steps('roles, rules of channels and timeouts', async function* (here) {
  const { anna, bob, cleo, space, general, clock } = here;
  const own = { ...here, owner: anna };
  await sameRights(here);
  await deny(own, general, 'send_messages');
  await sameRights(here);
  const rule = { type: 'member', allow: ['send_messages', 'manage_messages'], deny: [] };
  await anna.does('PUT', `/channels/${general.id}/permissions/${cleo.id}`, rule);
  await sameRights(here);
  yield;
  await empower(own, cleo, 'manage_channels');
  await sameRights(here);
  const until = new Date(clock.now() + 60_000).toISOString();
  const member = `/spaces/${space.id}/members/${cleo.id}`;
  await anna.does('PATCH', member, { timed_out_until: until });
  await sameRights(here);
  await clock.pass(61_000);
  await sameRights(here);
  yield;
  await empower(own, bob, 'administrator');
  await sameRights(here);
});

steps('conversations, and a block', async function* (here) {
  const { anna, bob, cleo } = here;
  await anna.does('POST', '/users/@me/channels', { recipients: [bob.id] });
  await sameRights(here);
  await anna.does('POST', '/users/@me/channels', { recipients: [bob.id, cleo.id] });
  await sameRights(here);
  yield;
  await bob.does('PUT', `/users/@me/relationships/${anna.id}`, { type: 2 });
  await sameRights({ ...here, followers: here.followers.filter(({ person }) => person !== anna) });
});
