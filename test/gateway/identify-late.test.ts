import { expect, test } from 'bun:test';
import type { Turn } from '../../src/app.ts';
import { revokeTokens } from '../../src/access/tokens.ts';
import { endSession } from '../../src/gateway/ends.ts';
import { sessionRow, sessionsOfUser } from '../../src/gateway/store.ts';
import { endMembership } from '../../src/features/spaces/members/actions.ts';
import { atCommitOf } from '../support/batches.ts';
import { Ears } from '../support/ears.ts';
import { allIntents, type Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { world } from '../support/world.ts';

/** Sends IDENTIFY, and runs something in a turn between the commit of the record and READY. */
async function between(
  server: TestServer,
  person: Person,
  run: (turn: Turn, session_id: string) => void,
): Promise<{ ears: Ears; session_id: string }> {
  const ears = await Ears.open(server.gateway);
  let session_id = '';
  let isLive = true;
  ears.send(2, { token: person.authorization, intents: allIntents });
  let done: Promise<unknown> = Promise.resolve();
  const isWritten = ({ tx }: Turn) => sessionsOfUser(tx, person.id).length > 0;
  await atCommitOf(server, isWritten, () => {
    [{ id: session_id } = { id: '' }] = sessionsOfUser(server.app.db, person.id);
    isLive = server.app.hub.listener(session_id) !== undefined;
    done = server.turn((turn) => run(turn, session_id));
  });
  await done;
  expect({ isLive, isKnown: session_id !== '' }).toEqual({ isLive: false, isKnown: true });
  return { ears, session_id };
}

/** No session of that account is left, neither live nor recorded. */
async function isNowhere(server: TestServer, { id }: Person): Promise<void> {
  await server.turn(() => null);
  await server.turn(() => null);
  expect([server.app.hub.size, sessionsOfUser(server.app.db, id).length]).toEqual([0, 0]);
}

test('whose token is revoked before READY is refused with 4004', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const { ears } = await between(server, anna, (turn, id) => {
    revokeTokens(turn, anna.id, [sessionRow(turn.tx, id)?.token_hash ?? '']);
  });
  expect(await ears.closes()).toBe(4004);
  expect(ears.frames.map(({ op }) => op)).toEqual([5, 7]);
  await isNowhere(server, anna);
});

test('who closes the socket before READY leaves no session behind', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const socket = new WebSocket(server.gateway);
  await new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }));
  socket.send(JSON.stringify({ op: 2, data: { token: anna.authorization, intents: [] } }));
  socket.close(1000);
  await new Promise((resolve) => socket.addEventListener('close', resolve));
  await isNowhere(server, anna);
});

test('whose session gives way to a newer one before READY is refused with 4009', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const { ears } = await between(server, anna, (turn, id) => endSession(turn, id, anna.id));
  expect(await ears.closes()).toBe(4009);
  await isNowhere(server, anna);
});

test('a change of access before READY is in READY, and in the record for RESUME', async () => {
  await using server = await startTest();
  const { bob, space } = await world(server, 'anna', 'bob');
  let begun_seq = Infinity;
  const { ears, session_id } = await between(server, bob, (turn, id) => {
    begun_seq = sessionRow(turn.tx, id)?.moved_seq ?? Infinity;
    endMembership(turn, space.id, bob.id);
  });
  const ready = await ears.hears('ready');
  expect(ready.data['spaces'].map(({ id }: { id: string }) => id)).not.toContain(space.id);
  // RESUME with a number from before the change would bring what bob must not hear.
  const moved_seq = sessionRow(server.app.db, session_id)?.moved_seq ?? 0;
  expect(moved_seq).toBeGreaterThan(begun_seq);
  expect(ready.seq).toBeGreaterThanOrEqual(moved_seq);
});
