// IDENTIFY whose READY needs several frames takes two turns: what happens between them is not missed.
import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { hashToken, revokeTokens } from '../../src/access/tokens.ts';
import { FakeClock } from '../support/clock.ts';
import { Ears } from '../support/ears.ts';
import { Folder } from '../support/folder.ts';
import { addChannels } from '../support/masses.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { quietly, world } from '../support/world.ts';

const long = 't'.repeat(1_000);

const recordsOf = ({ app }: TestServer, user_id: string) =>
  app.db.sqlite.query('SELECT id FROM gateway_sessions WHERE user_id = ?').all(user_id).length;

/** Bob sees more than fits into one READY; the server's database is locked until `release`. */
async function locked(server: TestServer, folder: Folder) {
  const here = await world(server, 'olga', 'bob');
  await addChannels(server, here.space, 300, long);
  const ears = await Ears.open(server.gateway);
  const other = new Database(join(folder.path, 'accord.db'));
  other.run('BEGIN IMMEDIATE');
  ears.send(2, { token: here.bob.authorization, intents: quietly });
  await ears.settled();
  return { ...here, ears, other };
}

test('a token that is revoked between the two turns of IDENTIFY hears nothing', async () => {
  using folder = new Folder();
  await using server = await startTest({ settings: folder.settings });
  const { bob, ears, other } = await locked(server, folder);
  const hash = hashToken(bob.token);
  const revoked = server.turn((turn) => revokeTokens(turn, bob.id, [hash]));
  other.run('ROLLBACK');
  other.close();
  await revoked;
  await ears.frame(({ op }) => op === 7, 'INVALID_SESSION');
  expect(await ears.closes()).toBe(4004);
  expect(ears.frames.some(({ type }) => type === 'ready')).toBe(false);
  expect([server.app.hub.size, recordsOf(server, bob.id)]).toEqual([0, 0]);
});

test('a session that ends between the two turns of IDENTIFY is not greeted', async () => {
  using folder = new Folder();
  await using server = await startTest({ settings: folder.settings });
  const { bob, ears, other } = await locked(server, folder);
  // As a newer session of the account does, if there are too many.
  const ended = server.turn(({ tx }) => {
    tx.sqlite.run('DELETE FROM gateway_sessions WHERE user_id = ?', [bob.id]);
  });
  other.run('ROLLBACK');
  other.close();
  await ended;
  expect(await ears.closes()).toBe(4009);
  expect([server.app.hub.size, recordsOf(server, bob.id)]).toEqual([0, 0]);
});

test('an IDENTIFY whose second turn is refused leaves no session behind', async () => {
  using folder = new Folder();
  const clock = new FakeClock();
  await using server = await startTest({ settings: folder.settings, clock });
  const { bob, owner, ears, other } = await locked(server, folder);
  // Locked again as soon as the first turn is on disk.
  const again = new Database(join(folder.path, 'accord.db'));
  const lock = server.turn((turn) => {
    turn.onCommit(() => void again.run('BEGIN IMMEDIATE'));
  });
  other.run('ROLLBACK');
  other.close();
  await clock.pass(100);
  await lock;
  await clock.pass(31_000);
  expect(await ears.closes()).toBe(1013);
  again.run('ROLLBACK');
  again.close();
  for (let n = 0; n < 200 && recordsOf(server, bob.id) > 0; n += 1) {
    await clock.pass(500);
    await Bun.sleep(5);
  }
  expect(recordsOf(server, bob.id)).toBe(0);
  const olgas = await owner.listens(['presences']);
  expect(olgas.ready['presences'] ?? []).not.toContainEqual(
    expect.objectContaining({ user_id: bob.id }),
  );
});
