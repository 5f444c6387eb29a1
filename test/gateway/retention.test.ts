import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prunedSeq } from '../../src/events/log.ts';
import { newestKept } from '../../src/events/numbers.ts';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
import { dropped, refusal } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { quietly, world } from '../support/world.ts';

const hour_ms = 3_600_000;

function count(server: TestServer, table: string): number {
  const row = server.app.db.sqlite.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table}`);
  return row.get()?.n ?? 0;
}

/** The size that the log is believed to have, and the one that it has. */
function sizes(server: TestServer) {
  const { sqlite } = server.app.db;
  const believed = sqlite
    .query<{ size_bytes: number; counted_seq: number }, []>('SELECT * FROM event_log')
    .get();
  const real = sqlite
    .query<{ size: number | null }, [number]>(
      'SELECT sum(octet_length(bytes) + 80) AS size FROM events WHERE seq <= ?',
    )
    .get(believed?.counted_seq ?? 0);
  return { believed: believed?.size_bytes, real: real?.size ?? 0 };
}

test('events go when they are older than the log reaches back', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings: { RESUME_HOURS: '2' } });
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  await owner.says(general, 'old');
  await clock.leap(hour_ms);
  const between = server.app.seq();
  const stand = await dropped(await bob.listens(quietly));
  await owner.says(general, 'young');
  await clock.leap(hour_ms + 120_000);
  expect(prunedSeq(server.app.db)).toBe(between);
  const { missed } = await bob.resumes(stand.session_id, stand.seq);
  expect(missed.map(({ data }) => data['content'])).toEqual(['young']);
  expect(count(server, 'event_scopes')).toBe(count(server, 'events'));
});

test('who was away for longer than the log reaches back has to begin anew', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings: { RESUME_HOURS: '2' } });
  const { owner, bob, cleo, general } = await world(server, 'olga', 'bob', 'cleo');
  const bobs = await dropped(await bob.listens(quietly));
  const cleos = await dropped(await cleo.listens(quietly));
  await owner.says(general, 'gone before they come back');
  await clock.leap(hour_ms * 1.9);
  await cleo.resumes(cleos.session_id, cleos.seq);
  await clock.leap(hour_ms * 0.2);
  expect(await refusal(bob, bobs)).toBe(4009);
  expect(count(server, 'gateway_sessions')).toBe(1);
});

test('a number from before the log begins is refused with 4007', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings: { RESUME_MEGABYTES: '1' } });
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  const stand = await dropped(await bob.listens(quietly));
  for (let n = 0; n < 300; n += 1) await owner.says(general, 'x'.repeat(4_000));
  await clock.leap(61_000);
  expect(prunedSeq(server.app.db)).toBeGreaterThan(stand.seq);
  expect(await refusal(bob, stand)).toBe(4007);
});

test('RESUME goes on from the newest pruned number, and from none before it', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings: { RESUME_MEGABYTES: '1' } });
  const { owner, bob, cleo, general } = await world(server, 'olga', 'bob', 'cleo');
  const bobs = await dropped(await bob.listens(quietly));
  const cleos = await dropped(await cleo.listens(quietly));
  for (let n = 0; n < 300; n += 1) await owner.says(general, `${n} `.padEnd(4_000, 'x'));
  await clock.leap(61_000);
  const gone = prunedSeq(server.app.db);
  expect(gone).toBeGreaterThan(bobs.seq + 1);
  expect(await refusal(bob, { ...bobs, seq: gone - 1 })).toBe(4007);
  const { missed } = await cleo.resumes(cleos.session_id, gone);
  expect(missed.map(({ seq }) => seq)).toEqual(
    Array.from({ length: server.app.seq() - gone }, (_, n) => gone + 1 + n),
  );
});

test('events go, the oldest first, when the log is larger than it may be', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings: { RESUME_MEGABYTES: '1' } });
  const { owner, general } = await world(server, 'olga', 'bob');
  for (let n = 0; n < 300; n += 1) await owner.says(general, `${n} `.padEnd(4_000, 'x'));
  await clock.leap(61_000);
  expect(count(server, 'events')).toBeLessThan(300);
  expect(count(server, 'events')).toBeGreaterThan(200);
  const first = server.app.db.sqlite
    .query<{ seq: number }, []>('SELECT min(seq) AS seq FROM events')
    .get();
  expect(prunedSeq(server.app.db)).toBe((first?.seq ?? 0) - 1);
  const { believed, real } = sizes(server);
  expect(believed).toBe(real);
  expect(real).toBeLessThanOrEqual(1024 * 1024);
});

test('the size of the log stays true while messages are deleted, and a burst of large events costs no small ones', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings: { RESUME_MEGABYTES: '1' } });
  const { owner, general } = await world(server, 'olga', 'bob');
  const ids: string[] = [];
  for (let n = 0; n < 40; n += 1) ids.push((await owner.says(general, 'small')).id);
  for (let n = 0; n < 20; n += 1) await owner.says(general, 'x'.repeat(4_000));
  await clock.leap(61_000);
  expect(prunedSeq(server.app.db)).toBe(0);
  const before = sizes(server);
  expect(before.believed).toBe(before.real);
  for (const id of ids) await owner.does('DELETE', `/channels/${general.id}/messages/${id}`);
  const between = sizes(server);
  expect(between.believed).toBe(between.real);
  await clock.leap(61_000);
  const after = sizes(server);
  expect(after.believed).toBe(after.real);
});

test('numbers go on where they were, also when the log is empty and the server starts again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'accord-retention-'));
  const clock = new FakeClock();
  const settings = { DATABASE_URL: `sqlite:${join(folder, 'accord.db')}`, RESUME_HOURS: '1' };
  let seq = 0;
  {
    await using server = await startTest({ clock, settings });
    const { owner, general } = await world(server, 'olga', 'bob');
    await owner.says(general, 'x');
    await clock.leap(hour_ms + 120_000);
    expect(count(server, 'events')).toBe(0);
    seq = server.app.seq();
    expect(seq).toBeGreaterThan(5);
  }
  const again = await startAgain(settings, clock);
  try {
    expect(again.app.seq()).toBeGreaterThan(seq);
    expect(newestKept(again.app.db)).toBe(again.app.seq());
    const dora = await again.person('dora');
    const home = await dora.founds('Another');
    const ears = await dora.listens(quietly);
    await dora.says(home.general, 'hello');
    const heard = await ears.hears('message.create');
    expect(heard.seq).toBeGreaterThan(seq);
  } finally {
    await again.stop();
    rmSync(folder, { recursive: true });
  }
});
