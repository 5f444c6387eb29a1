import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memberAccess, spaceAccess } from '../../src/access/load.ts';
import { endMembership, grantRole } from '../../src/features/spaces/members/actions.ts';
import { readEvents } from '../../src/events/log.ts';
import { newestKept } from '../../src/events/numbers.ts';
import { whileCommitsFail } from '../support/batches.ts';
import { FakeClock } from '../support/clock.ts';
import { startTest } from '../support/server.ts';
import { note, openWriter } from '../support/turns.ts';
import { hiddenChannel, listening, quietly, world } from '../support/world.ts';

const settled = (promises: Promise<unknown>[]) => Promise.allSettled(promises);

/** A server over a file. */
async function startOnFile() {
  const folder = mkdtempSync(join(tmpdir(), 'accord-file-'));
  const settings = { DATABASE_URL: `sqlite:${join(folder, 'accord.db')}` };
  const server = await startTest({ settings, clock: new FakeClock() });
  return {
    server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

test('on a full disk a whole batch fails, nothing of it stays, and the next one goes on', async () => {
  using all = openWriter();
  const { writer, db } = all;
  await writer.write(note('before'));
  const pages = db.sqlite.query<{ page_count: number }, []>('PRAGMA page_count').get()?.page_count;
  db.sqlite.run(`PRAGMA max_page_count = ${(pages ?? 0) + 20}`);
  const big = 'x'.repeat(50_000);
  const outcomes = await settled([
    writer.write(note('small')),
    ...Array.from({ length: 4 }, () => writer.write(note(big))),
    writer.write(note('small too')),
  ]);
  const kept = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  expect(outcomes.map(({ status }) => status)).toContain('rejected');
  expect(all.notes()).toEqual(['before', ...(kept as string[])]);
  expect(all.told().map(([, text]) => text)).toEqual(['before', ...(kept as string[])]);
  expect(writer.seq()).toBe(newestKept(db));
  expect(db.sqlite.inTransaction).toBe(false);
  db.sqlite.run('PRAGMA max_page_count = 1000000');
  await writer.write(note('after'));
  expect(all.told().at(-1)).toEqual([writer.seq(), 'after']);
});

test('when the transaction itself is gone, all of its turns have failed', async () => {
  using all = openWriter();
  const { writer, db } = all;
  const outcomes = await settled([
    writer.write(note('a')),
    // What SQLite does by itself when reading or writing the file fails.
    writer.write((turn) => {
      note('b')(turn);
      turn.tx.sqlite.run('ROLLBACK');
      throw new Error('disk I/O error');
    }),
    writer.write(note('c')),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  expect(all.notes()).toEqual(['c']);
  expect(all.told()).toEqual([[1, 'c']]);
  expect(writer.seq()).toBe(newestKept(db));
  expect(all.logged).toEqual(['a batch of turns was lost']);
});

test('while another program holds the file, everybody who waits is answered, and later all is well', async () => {
  using all = openWriter([], () => Math.floor(performance.now()));
  const { writer, db } = all;
  db.sqlite.run('PRAGMA busy_timeout = 0');
  const other = new Database(all.path);
  other.run('BEGIN IMMEDIATE');
  const outcomes = await settled(Array.from({ length: 300 }, (_, n) => writer.write(note(`${n}`))));
  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']));
  other.run('ROLLBACK');
  other.close();
  await writer.write(note('after'));
  expect(all.told()).toEqual([[1, 'after']]);
});

test('of a lost batch nothing stays in memory, and nobody has heard of it', async () => {
  await using on = await startOnFile();
  const { server } = on;
  const here = await world(server, 'olga', 'bob');
  const { owner, bob, space, general } = here;
  const [bobs] = await listening([bob], quietly);
  const { sqlite } = server.app.db;
  const pages = sqlite.query<{ page_count: number }, []>('PRAGMA page_count').get()?.page_count;
  sqlite.run(`PRAGMA max_page_count = ${pages}`);
  const filling = Array.from({ length: 40 }, () =>
    owner.call('POST', `/channels/${general.id}/messages`, { content: 'x'.repeat(4_000) }),
  );
  const replies = await Promise.all(filling);
  const accepted = replies.filter(({ status }) => status === 200).map(({ data }) => data.id);
  expect(replies.some(({ status }) => status === 503)).toBe(true);
  expect(JSON.stringify(replies.map(({ body }) => body.error))).not.toContain('SQLITE');
  sqlite.run('PRAGMA max_page_count = 1000000');
  const heard = await bobs.unread();
  expect(heard.map(({ data }) => data['id'])).toEqual(accepted);
  expect(server.app.seq()).toBe(newestKept(server.app.db));
  await owner.does('PATCH', `/channels/${general.id}`, { name: 'renamed' });
  await bobs.hearsExactly('channel.update');
  expect(spaceAccess(server.app, space.id)?.channels.has(general.id)).toBe(true);
});

test('a lost turn leaves nothing in memory of what it read', async () => {
  await using on = await startOnFile();
  const { server } = on;
  const here = await world(server, 'olga', 'bob');
  const { owner, bob, space } = here;
  const hidden = await hiddenChannel(here);
  const roles = `/spaces/${space.id}/roles`;
  const key = await owner.does('POST', roles, { name: 'Key', permissions: [] });
  const overwrite = { type: 'role', allow: ['view_channel'], deny: [] };
  await owner.does('PUT', `/channels/${hidden.id}/permissions/${key.id}`, overwrite);
  const member = `/spaces/${space.id}/members/${bob.id}`;
  await owner.does('PUT', `${member}/roles/${key.id}`);
  await bob.listens(quietly);
  // Drops bob's membership from memory.
  await owner.does('PATCH', member, { nickname: 'Bobby' });
  // To see what bob will hear, the turn reads his membership, which lacks the role until all is undone.
  const lost = await whileCommitsFail(server, () => owner.call('DELETE', `${roles}/${key.id}`));
  expect(lost.status).not.toBe(200);
  await bob.says(hidden, 'I have the key still');
});

test('a removed member stays a stranger when the next turn is refused', async () => {
  await using on = await startOnFile();
  const { server } = on;
  const { bob, space, general } = await world(server, 'olga', 'bob');
  await bob.says(general, 'I am a member');
  await settled([
    server.turn((turn) => endMembership(turn, space.id, bob.id)),
    server.turn(() => {
      throw new Error('refused');
    }),
  ]);
  await bob.isRefused(403, 'POST', `/channels/${general.id}/messages`, { content: 'am I?' });
});

test('two changes of access in a row leave nobody subscribed who may not hear', async () => {
  await using on = await startOnFile();
  const { server } = on;
  const here = await world(server, 'olga', 'bob');
  const { owner, bob, space } = here;
  const hidden = await hiddenChannel(here);
  const key = await owner.does('POST', `/spaces/${space.id}/roles`, { name: 'Key' });
  const overwrite = { type: 'role', allow: ['view_channel'], deny: [] };
  await owner.does('PUT', `/channels/${hidden.id}/permissions/${key.id}`, overwrite);
  const [bobs] = await listening([bob], quietly);
  await Promise.all([
    server.turn((turn) => grantRole(turn, space.id, bob.id, key.id)),
    server.turn((turn) => endMembership(turn, space.id, bob.id)),
  ]);
  await bobs.hears('channel.create', ({ id }) => id === hidden.id);
  await bobs.hears('space.delete');
  await owner.says(hidden, 'not for bob');
  await bobs.hearsNothing();
});

test('a change of access ends its batch: who was removed is a stranger to the next turn', async () => {
  await using on = await startOnFile();
  const { server } = on;
  const { bob, space } = await world(server, 'olga', 'bob');
  const [, after] = await Promise.all([
    server.turn((turn) => endMembership(turn, space.id, bob.id)),
    server.turn((turn) => memberAccess(turn.app, space.id, bob.id)),
  ]);
  expect(after).toBeNull();
});

test('no message of a removed member is accepted after the removal, however many are on their way', async () => {
  await using on = await startOnFile();
  const { server } = on;
  const { owner, bob, space, general } = await world(server, 'olga', 'bob');
  const path = `/channels/${general.id}/messages`;
  const sending = Array.from({ length: 60 }, (_, n) =>
    n === 30
      ? owner.call('DELETE', `/spaces/${space.id}/members/${bob.id}`)
      : bob.call('POST', path, { content: `${n}` }),
  );
  const replies = await Promise.all(sending);
  expect(replies.filter(({ status }) => status === 403).length).toBeGreaterThan(0);
  const seqs = server.app.db.sqlite.query<{ seq: number }, []>('SELECT seq FROM events').all();
  const events = readEvents(
    server.app.db,
    seqs.map(({ seq }) => seq),
  ).map(({ frame }) => JSON.parse(frame));
  const removed = events.findIndex(({ type }) => type === 'member.leave');
  const later = events.slice(removed).filter(({ data }) => data.author_id === bob.id);
  expect(later).toEqual([]);
});
