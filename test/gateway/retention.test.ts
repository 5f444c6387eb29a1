import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prunedSeq, rewriteEvents } from '../../src/events/log.ts';
import { pruneShares } from '../../src/events/prune.ts';
import { newestKept } from '../../src/events/numbers.ts';
import { startAgain } from '../support/again.ts';
import { Ears } from '../support/ears.ts';
import { FakeClock } from '../support/clock.ts';
import { Person } from '../support/person.ts';
import { dropped, refusal } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { until } from '../support/stored.ts';
import { quietly, world, type World } from '../support/world.ts';

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
      'SELECT sum(octet_length(bytes) + 180) AS size FROM events WHERE seq <= ?',
    )
    .get(believed?.counted_seq ?? 0);
  return { believed: believed?.size_bytes, real: real?.size ?? 0 };
}

const six = ['olga', 'bob', 'cleo', 'dora', 'emil', 'fred'] as const;

/** Says something that the log keeps whole, as it does with files: what it keeps short fills no log. */
async function saysMuch(person: Person, channel: { id: string }, text: string): Promise<void> {
  const { id: subject } = await person.says(channel, text.padEnd(4_000, 'x'));
  await person.server.turn(({ tx }) =>
    rewriteEvents(tx, { subject, begins: '{' }, (frame) => frame),
  );
}

/** So many messages, by turns: none of six has more than its share of a full log. */
async function flood(home: World<(typeof six)[number]>, size: number): Promise<void> {
  for (let n = 0; n < size; n += 1) {
    const name = six[n % six.length] ?? 'olga';
    await saysMuch(home[name], home.general, `${n} `);
  }
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
  const home = await world(server, ...six);
  const { bob } = home;
  const stand = await dropped(await bob.listens(quietly));
  await flood(home, 300);
  await clock.leap(61_000);
  expect(prunedSeq(server.app.db)).toBeGreaterThan(stand.seq);
  expect(await refusal(bob, stand)).toBe(4007);
});

test('RESUME goes on from the newest pruned number, and from none before it', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings: { RESUME_MEGABYTES: '1' } });
  const home = await world(server, ...six);
  const { bob, cleo } = home;
  const bobs = await dropped(await bob.listens(quietly));
  const cleos = await dropped(await cleo.listens(quietly));
  await flood(home, 300);
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
  await flood(await world(server, ...six), 300);
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

/** The shares that accounts are believed to have, and those that they have. */
function shares(server: TestServer) {
  const { sqlite } = server.app.db;
  const believed = sqlite.query('SELECT account_id, size_bytes FROM event_shares ORDER BY 1');
  const real = sqlite.query(
    `SELECT account_id, sum(octet_length(bytes) + 180) FROM events WHERE account_id IS NOT NULL
        AND seq <= (SELECT counted_seq FROM event_log) GROUP BY 1 ORDER BY 1`,
  );
  return { believed: believed.values(), real: real.values() };
}

test('one account fills no more than a quarter of the log, and costs no other space its RESUME', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings: { RESUME_MEGABYTES: '1' } });
  const { olga, bob, space, general } = await world(server, 'olga', 'bob');
  const other = await world(server, 'cleo', 'dora');
  const quiet = await other.cleo.does('POST', `/spaces/${other.space.id}/channels`, { name: 'q' });
  // Bob hears the flood, and eve is in its space, but asked for no messages.
  const eve = await server.person('eve');
  await eve.joins(space);
  const bobs = await dropped(await bob.listens(quietly));
  const eves = await dropped(await eve.listens(['spaces']));
  const doras = await dropped(await other.dora.listens(quietly));
  await other.cleo.says(quiet, 'kept');
  for (let n = 0; n < 400; n += 1) await saysMuch(olga, general, `${n} `);
  await clock.leap(61_000);
  expect(prunedSeq(server.app.db)).toBe(0);
  const { believed, real } = shares(server);
  expect(believed).toEqual(real);
  const olgas = believed.find(([id]) => id === olga.id)?.[1];
  expect(olgas).toBeWithin(200 * 1024, 256 * 1024 + 1);
  expect(sizes(server).believed).toBe(sizes(server).real);
  const { missed } = await other.dora.resumes(doras.session_id, doras.seq);
  expect(missed.map(({ data }) => data['content'])).toEqual(['kept']);
  await eve.resumes(eves.session_id, eves.seq);
  expect(await refusal(bob, bobs)).toBe(4007);
});

test('what a bot says takes from the share of its owner', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { olga, space, general } = await world(server, 'olga');
  const { application, token } = await olga.does('POST', '/applications', { name: 'Ping' });
  const bot = new Person(server, { id: application.bot_user_id, token, name: 'Ping' });
  bot.scheme = 'Bot';
  await bot.joins(space);
  await bot.says(general, 'ping');
  await clock.leap(61_000);
  const { believed, real } = shares(server);
  expect(believed.map(([id]) => id)).not.toContain(bot.id);
  expect(believed.map(([id]) => id)).toContain(olga.id);
  expect(believed).toEqual(real);
});

test('who missed only what is still there of a flood is told all of it', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings: { RESUME_MEGABYTES: '1' } });
  const { olga, bob, general } = await world(server, 'olga', 'bob');
  for (let n = 0; n < 200; n += 1) await saysMuch(olga, general, `${n} `);
  const bobs = await dropped(await bob.listens(quietly));
  for (let n = 0; n < 20; n += 1) await olga.says(general, String(n));
  await clock.leap(61_000);
  expect(count(server, 'event_gaps')).toBeGreaterThan(0);
  const { missed } = await bob.resumes(bobs.session_id, bobs.seq);
  expect(missed.map(({ data }) => data['content'])).toEqual(
    Array.from({ length: 20 }, (_, n) => String(n)),
  );
  // What was taken out goes with the part of the log in which it was.
  await clock.leap(25 * hour_ms);
  await until(async () => count(server, 'event_gaps') + count(server, 'event_shares') === 0);
});

test('what is taken out while a session resumes is not passed over', async () => {
  await using server = await startTest();
  const { olga, bob, general } = await world(server, 'olga', 'bob');
  const onWeb = { properties: { os: 'web' } };
  const bobs = await dropped(await bob.listens(quietly, onWeb));
  for (let n = 0; n < 60; n += 1) await olga.says(general, `${n} `.padEnd(4_000, 'x'));
  const ears = await Ears.open(server.gateway);
  ears.send(3, { token: bob.authorization, session_id: bobs.session_id, seq: bobs.seq });
  // The rest waits until the client has read this.
  await ears.hears('message.create');
  await server.turn(({ tx }) => pruneShares(tx, 0, 1_000));
  await ears.frame(({ op }) => op === 7, 'a refusal');
  expect(await ears.closes()).toBe(4007);
});

test('of the changes of a message only the newest stays, and RESUME tells it', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { olga, bob, general } = await world(server, 'olga', 'bob');
  const path = `/channels/${general.id}/messages`;
  const [sent, other] = [await olga.says(general, 'first'), await olga.says(general, 'other')];
  const bobs = await dropped(await bob.listens(quietly));
  await olga.does('PATCH', `${path}/${other.id}`, { content: 'other, edited' });
  for (let n = 0; n < 5; n += 1) {
    await olga.does('PATCH', `${path}/${sent.id}`, { content: `edit ${n}` });
    if (n === 2) await clock.leap(61_000);
  }
  await clock.leap(61_000);
  const kept = server.app.db.sqlite.query(
    `SELECT json_extract(bytes, '$.type'), json_extract(bytes, '$.data.content') FROM events
      WHERE subject IN (?, ?) ORDER BY seq`,
  );
  expect(kept.values(sent.id, other.id)).toEqual([
    // What was replaced is kept nowhere.
    ['message.create', 'edit 4'],
    ['message.create', 'other, edited'],
    ['message.update', 'other, edited'],
    ['message.update', 'edit 4'],
  ]);
  expect(sizes(server).believed).toBe(sizes(server).real);
  expect(shares(server).believed).toEqual(shares(server).real);
  expect(count(server, 'event_gaps')).toBe(0);
  const { missed } = await bob.resumes(bobs.session_id, bobs.seq);
  expect(missed.map(({ data }) => data['content'])).toEqual(['other, edited', 'edit 4']);
});
