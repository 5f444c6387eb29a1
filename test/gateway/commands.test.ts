import { expect, test } from 'bun:test';
import { z } from 'zod';
import { account, accountOrGuest, anyone, rule, type Rule } from '../../src/access/rules.ts';
import { requestMembers } from '../../src/features/spaces/members/commands.ts';
import { command, runCommand } from '../../src/gateway/command.ts';
import { Session } from '../../src/gateway/session.ts';
import type { Ears } from '../support/ears.ts';
import { voiceWithoutCalls } from '../support/fake-livekit.ts';
import { Guest } from '../support/guest.ts';
import { addMembers } from '../support/masses.ts';
import { world } from '../support/world.ts';
import { startTest, type TestServer } from '../support/server.ts';

function sessionOf({ app }: TestServer, { ready }: Ears): Session {
  const session = app.hub.listener(ready['session_id']);
  if (!(session instanceof Session)) throw new Error('there is no such session');
  return session;
}

/** What a command of that rule is granted in a session; null where it does not run. */
function granted(
  { app }: TestServer,
  session: Session,
  access: Rule<never, object>,
): object | null {
  let grants: object | null = null;
  const said = { op: 12, name: 'NOTE', summary: '', before_identify: 'ignored' } as const;
  const noted = command({ ...said, data: z.object({}), access, run: (input) => (grants = input) });
  runCommand(noted, app, session, {});
  return grants;
}

test('whether a guest may send a command is what its rule says of guests', async () => {
  await using server = await startTest();
  const { bob, space } = await world(server, 'olga', 'bob');
  const guest = await Guest.enter(server, space);
  const guests = sessionOf(server, await guest.listens());
  const bobs = sessionOf(server, await bob.listens());
  const lax = rule([], 'a rule that forgets to look', true, () => ({}));
  for (const [access, isForGuests] of [
    [account, false],
    [lax, false],
    [{ ...lax, guests: true }, true],
    [accountOrGuest, true],
    [anyone, true],
  ] as const) {
    expect(granted(server, guests, access) !== null).toBe(isForGuests);
    expect(granted(server, bobs, access)).not.toBeNull();
  }
  const { viewer }: { viewer?: object } = granted(server, guests, accountOrGuest) ?? {};
  expect(viewer).toMatchObject({ id: guests.user_id, space_id: space.id });
});

test('who asks is looked up again: nothing is done for a session whose token has ended', async () => {
  await using server = await startTest();
  const session = sessionOf(server, await server.admin.listens());
  const actor = { id: server.admin.id, is_admin: true };
  expect(granted(server, session, account)).toMatchObject({ actor });
  await server.admin.does('POST', '/auth/logout');
  expect(granted(server, session, account)).toBeNull();
});

test('members are told chunk by chunk, and no further once the rule refuses', async () => {
  await using server = await startTest();
  const { bob, space } = await world(server, 'olga', 'bob');
  await addMembers(server, space, 300);
  const { id, user_id, token_hash, mask, guest_of } = sessionOf(server, await bob.listens());
  const sent: string[] = [];
  let held_bytes = 0;
  const socket = {
    send(frame: string) {
      // The reader takes nothing more for now.
      held_bytes = 1_000_000;
      return sent.push(frame);
    },
    getBufferedAmount: () => held_bytes,
    subscribe() {},
    unsubscribe() {},
    terminate() {},
    close() {},
    cork: (run: () => void) => run(),
  };
  const failed = (error: unknown) => {
    throw error;
  };
  const parts = { id, user_id, token_hash, mask, guest_of, os: '', expires_at: null };
  const owing = { number: failed, settle: failed };
  const pace = (_: string, slice: () => void) => slice();
  const session = new Session({ ...parts, socket, pace, failed, owing });
  const readsOn = () => {
    held_bytes = 0;
    session.drain();
  };
  runCommand(requestMembers, server.app, session, { space_id: space.id });
  readsOn();
  expect(sent).toHaveLength(2);
  await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
  readsOn();
  expect([sent.length, session.waiting]).toEqual([2, 0]);
});

test('an instance admin comes into voice where they have joined, and nowhere else', async () => {
  await using server = await startTest({ settings: voiceWithoutCalls });
  const { admin } = server;
  const { owner, space } = await world(server, 'olga');
  const lounge = { name: 'Lounge', type: 'voice' };
  const channel = await owner.does('POST', `/spaces/${space.id}/channels`, lounge);
  const home = await admin.founds('Office');
  const own = await admin.does('POST', `/spaces/${home.space.id}/channels`, lounge);
  const ears = await admin.listens();
  // The wishes of one account are followed one after the other.
  for (const { id } of [channel, own]) ears.send(9, { channel_id: id });
  const state = await ears.hears('voice.state_update');
  expect(state.data['channel_id']).toBe(own.id);
  await admin.joins(space);
  ears.send(9, { channel_id: channel.id });
  await ears.hears('voice.state_update', ({ channel_id }) => channel_id === channel.id);
});
