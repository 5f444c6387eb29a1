// Times that are shown are those at which something was written, whatever the machine's clock did before.
import { expect, test } from 'bun:test';
import { resolveGuest } from '../../src/access/guests.ts';
import { issueToken } from '../../src/features/doors/auth/actions.ts';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
import { Folder } from '../support/folder.ts';
import { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { until } from '../support/stored.ts';
import { world } from '../support/world.ts';

const minute_ms = 60_000;
const hour_ms = 60 * minute_ms;
const day_ms = 24 * hour_ms;
const leaps = {
  minutes: 3 * minute_ms,
  hours: 5 * hour_ms,
  days: 2 * day_ms,
  years: 800 * day_ms,
  centuries: 70_000 * day_ms,
};
const written = (clock: FakeClock) => new Date(clock.now()).toISOString();
const on = (server: TestServer, { id, name, token }: Person) =>
  new Person(server, { id, name, token });
/** The same with a new token, since a leap of the clock ends others. */
const afresh = async (server: TestServer, { id, name }: Person) =>
  new Person(server, { id, name, token: await server.turn((turn) => issueToken(turn, id)) });
const contents = (list: any[]) => list.map(({ content }) => content);

for (const [name, leap_ms] of Object.entries(leaps)) {
  test(`a clock that was ${name} ahead once: messages say when they were written, and ids grow`, async () => {
    const clock = new FakeClock();
    await using server = await startTest({ clock });
    const { owner: olga, general } = await world(server, 'olga');
    const ears = await olga.listens();
    const path = `/channels/${general.id}/messages`;
    clock.step(leap_ms);
    const owner = await afresh(server, olga);
    const future = await owner.says(general, 'from the future');
    expect(future.timestamp).toBe(written(clock));
    clock.step(-leap_ms);
    const said: any[] = [];
    for (const content of ['one', 'two']) {
      await clock.pass(1_500);
      const message = await owner.says(general, content);
      expect(message.timestamp).toBe(written(clock));
      said.push(message);
    }
    expect(BigInt(said[1].id) > BigInt(said[0].id) && BigInt(said[0].id) > BigInt(future.id)).toBe(
      true,
    );
    for (const message of [future, ...said]) {
      expect((await owner.does('GET', `${path}/${message.id}`)).timestamp).toBe(message.timestamp);
      expect((await ears.hears('message.create')).data['timestamp']).toBe(message.timestamp);
      const edited = await owner.does('PATCH', `${path}/${message.id}`, { content: 'edited' });
      expect(edited.timestamp).toBe(message.timestamp);
      expect(edited.edited_at).toBe(message === future ? future.timestamp : written(clock));
    }
    const reply = await owner.says(general, 'reply', { thread_id: said[0].id });
    await clock.pass(2_000);
    const last = await owner.says(general, 'last reply', { thread_id: said[0].id });
    const parent = () => owner.does('GET', `${path}/${said[0].id}`);
    expect((await parent()).last_reply_at).toBe(last.timestamp);
    await owner.does('DELETE', `${path}/${last.id}`);
    expect((await parent()).last_reply_at).toBe(reply.timestamp);
  });
}

test('a message that a slow clock wrote is not edited before it either, and keeps its time over a restart', async () => {
  using folder = new Folder();
  const clock = new FakeClock();
  const first = await startTest({ clock, settings: folder.settings });
  const { owner, general } = await world(first, 'olga');
  clock.step(3 * day_ms);
  await owner.says(general, 'ahead');
  clock.step(-3 * day_ms - 400 * day_ms);
  const slow = await owner.says(general, 'behind');
  expect(slow.timestamp).toBe(written(clock));
  await first.stop();
  clock.step(400 * day_ms);
  const second = await startAgain(folder.settings, clock);
  const olga = on(second, owner);
  await clock.pass(hour_ms);
  const right = await olga.says(general, 'right');
  const list = await olga.does('GET', `/channels/${general.id}/messages`);
  expect(contents(list)).toEqual(['right', 'behind', 'ahead']);
  expect(list.map(({ timestamp }: any) => timestamp).slice(0, 2)).toEqual([
    right.timestamp,
    slow.timestamp,
  ]);
  expect(right.timestamp).toBe(written(clock));
  await second.stop();
});

test('posts of a forum stay in the order of what was said in them, also while a ban hides a reply', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const home = await world(server, 'olga', 'bob');
  const { owner, bob, space } = home;
  const forum = await owner.does('POST', `/spaces/${space.id}/channels`, {
    name: 'f',
    type: 'forum',
  });
  const order = async () =>
    contents(
      await owner.does('GET', `/channels/${forum.id}/messages?top_level=true&sort=latest_activity`),
    );
  clock.step(2 * day_ms);
  const old = await owner.says(forum, 'old post', { title: 'a' });
  clock.step(-2 * day_ms);
  await owner.says(forum, 'new post', { title: 'b' });
  expect(await order()).toEqual(['new post', 'old post']);
  const answer = await owner.says(forum, 'answer', { thread_id: old.id });
  await clock.pass(minute_ms);
  expect(await order()).toEqual(['old post', 'new post']);
  // More than one turn deletes, so that a reply counts as hidden for a while.
  for (let n = 0; n < 101; n += 1) await bob.says(forum, 'x', { thread_id: old.id });
  await owner.does('PUT', `/spaces/${space.id}/bans/${bob.id}`, { delete_message_seconds: 30 });
  const post = await owner.does('GET', `/channels/${forum.id}/messages/${old.id}`);
  expect([post.reply_count, post.last_reply_at]).toEqual([1, answer.timestamp]);
  expect(await order()).toEqual(['old post', 'new post']);
});

test('a search by time goes by the times that are shown', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, space, general } = await world(server, 'olga');
  const times: Record<string, string> = {};
  const say = async (content: string) => {
    await clock.pass(minute_ms);
    times[content] = (await owner.says(general, content)).timestamp;
  };
  await say('word a');
  clock.step(2 * day_ms);
  await say('word ahead');
  clock.step(-2 * day_ms);
  for (const content of ['word b', 'word c', 'word d']) await say(content);
  await clock.leap(3 * day_ms);
  await say('word e');
  const finds = async (side: 'before' | 'after', content: string, more = 'query=word') =>
    contents(
      await owner.does(
        'GET',
        `/spaces/${space.id}/messages/search?${more}&${side}=${times[content]}`,
      ),
    );
  for (const more of ['query=word', `author_id=${owner.id}`]) {
    expect(await finds('before', 'word a', more)).toEqual([]);
    expect(await finds('before', 'word c', more)).toEqual(['word b', 'word a']);
    expect(await finds('before', 'word ahead', more)).toEqual([
      'word d',
      'word c',
      'word b',
      'word a',
    ]);
    expect(await finds('before', 'word e', more)).toEqual([
      'word d',
      'word c',
      'word b',
      'word ahead',
      'word a',
    ]);
    expect(await finds('after', 'word a', more)).toEqual([
      'word e',
      'word d',
      'word c',
      'word b',
      'word ahead',
    ]);
    expect(await finds('after', 'word c', more)).toEqual(['word e', 'word d', 'word ahead']);
    expect(await finds('after', 'word ahead', more)).toEqual(['word e']);
  }
});

test('an entry of the audit log says when it was made', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, space } = await world(server, 'olga');
  const ears = await owner.listens();
  for (const step_ms of [0, 2 * day_ms, -2 * day_ms, -300 * day_ms, 305 * day_ms]) {
    clock.step(step_ms);
    await clock.pass(minute_ms);
    await ears.settled();
    await owner.does('PATCH', `/spaces/${space.id}`, { name: `Home ${step_ms}` });
    const [entry] = await owner.does('GET', `/spaces/${space.id}/audit-log`);
    expect(entry.created_at).toBe(written(clock));
    expect((await ears.hears('audit_log.create')).data['created_at']).toBe(entry.created_at);
  }
});

/** How the clock moves around what somebody writes: what a ban of ten minutes must find. */
const histories: Record<string, (at: Story) => Promise<void>> = {
  'a clock that was ahead when the old messages were written': async ({ clock, says }) => {
    clock.step(2 * day_ms);
    await says('old');
    await clock.pass(hour_ms);
    clock.step(-2 * day_ms);
    await says('new');
  },
  'a clock that was ahead for a moment, a moment ago': async ({ clock, says }) => {
    await says('old');
    await clock.pass(hour_ms);
    clock.step(2 * day_ms);
    await says('new');
    clock.step(-2 * day_ms);
    await says('new');
  },
  'a clock that leaps ahead just now': async ({ clock, says }) => {
    await says('old');
    await clock.pass(hour_ms);
    await says('new');
    clock.step(800 * day_ms);
    await says('new');
  },
  'a clock that is set back just now': async ({ clock, says }) => {
    await says('old');
    await clock.pass(hour_ms);
    await says('new');
    clock.step(-5 * hour_ms);
    await says('new');
  },
  'ids that ran ahead long ago': async ({ clock, says }) => {
    clock.step(800 * day_ms);
    await says('old');
    clock.step(-800 * day_ms);
    await says('old');
    await clock.pass(11 * minute_ms);
    await says('new');
  },
  'ids that ran ahead before a restart': async ({ clock, says, restart }) => {
    clock.step(2 * day_ms);
    await says('old');
    clock.step(-2 * day_ms);
    await says('old');
    await clock.pass(11 * minute_ms);
    await says('new');
    await restart();
    await says('new');
    await clock.pass(5 * minute_ms);
    await says('new');
  },
  'a clock that was ahead until a restart': async ({ clock, says, restart }) => {
    clock.step(2 * day_ms);
    await says('old');
    await clock.pass(11 * minute_ms);
    await says('new');
    clock.step(-2 * day_ms);
    await restart();
    await says('new');
  },
  'an old message that ids ran ahead of is edited before a restart': async ({
    clock,
    says,
    edits,
    restart,
  }) => {
    clock.step(2 * day_ms);
    await says('old');
    clock.step(-2 * day_ms);
    await says('old');
    await clock.pass(11 * minute_ms);
    await edits();
    await says('new');
    await restart();
  },
  'a clock that was behind until a restart': async ({ clock, says, restart }) => {
    await says('old');
    await clock.pass(11 * minute_ms);
    clock.step(-5 * hour_ms);
    await says('new');
    clock.step(5 * hour_ms);
    await restart();
    await says('new');
  },
};

interface Story {
  clock: FakeClock;
  says(content: 'old' | 'new'): Promise<void>;
  /** Edits what was said last. */
  edits(): Promise<void>;
  restart(): Promise<void>;
}

for (const [name, live] of Object.entries(histories)) {
  test(`a ban deletes what was written in its time and nothing else: ${name}`, async () => {
    using folder = new Folder();
    const clock = new FakeClock();
    let server: TestServer = await startTest({ clock, settings: folder.settings });
    const { owner, bob, space, general } = await world(server, 'olga', 'bob');
    const sent: string[] = [];
    let last: any;
    await live({
      clock,
      async says(content) {
        sent.push(content);
        last = await (await afresh(server, bob)).says(general, content);
      },
      async edits() {
        const { id, content } = last;
        const path = `/channels/${general.id}/messages/${id}`;
        await (await afresh(server, bob)).does('PATCH', path, { content });
      },
      async restart() {
        await server.stop();
        server = await startAgain(folder.settings, clock);
      },
    });
    const olga = await afresh(server, owner);
    const { deleted_message_count } = await olga.does('PUT', `/spaces/${space.id}/bans/${bob.id}`, {
      delete_message_seconds: 600,
    });
    const list = contents(await olga.does('GET', `/channels/${general.id}/messages`));
    expect(list).toEqual(sent.filter((content) => content === 'old'));
    expect(deleted_message_count).toBe(sent.length - list.length);
    await server.stop();
  });
}

test('a ban of a week deletes what was written in it, though the event log no longer knows when', async () => {
  using folder = new Folder();
  const clock = new FakeClock();
  const settings = { ...folder.settings, RESUME_HOURS: '1' };
  const first = await startTest({ clock, settings });
  const { owner, bob, space, general } = await world(first, 'olga', 'bob');
  clock.step(20 * day_ms);
  await owner.says(general, 'ahead');
  clock.step(-20 * day_ms);
  await bob.says(general, 'long ago');
  await clock.leap(3 * day_ms);
  await clock.leap(3 * day_ms);
  await bob.says(general, 'one');
  await clock.leap(3 * day_ms);
  await bob.says(general, 'two');
  await clock.leap(2 * hour_ms);
  await until(async () => first.app.db.sqlite.query('SELECT 1 FROM events').get() === null);
  await first.stop();
  const second = await startAgain(settings, clock);
  const olga = on(second, owner);
  const { deleted_message_count } = await olga.does('PUT', `/spaces/${space.id}/bans/${bob.id}`, {
    delete_message_seconds: 604_800,
  });
  expect(deleted_message_count).toBe(2);
  const list = await olga.does('GET', `/channels/${general.id}/messages`);
  expect(contents(list)).toEqual(['long ago', 'ahead']);
  await second.stop();
});

test('many entries that a wrong clock has dated hold up no other', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings: { AUDIT_LOG_DAYS: '30' } });
  const { owner, space } = await world(server, 'olga');
  const rename = async (times: number) => {
    const person = await afresh(server, owner);
    for (let n = 0; n < times; n += 1) {
      await person.does('PATCH', `/spaces/${space.id}`, { name: `Home ${n}` });
    }
  };
  const { sqlite } = server.app.db;
  const count = () =>
    sqlite.query<{ n: number }, []>('SELECT count(*) AS n FROM audit_entries').get()?.n ?? 0;
  clock.step(800 * day_ms);
  await rename(3);
  sqlite.run(
    `WITH RECURSIVE numbers (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM numbers WHERE k < 1200)
      INSERT INTO audit_entries (n, space_id, user_id, action_type, target_type, target_id, changes)
      SELECT n + k, space_id, user_id, action_type, target_type, target_id, changes
        FROM (SELECT * FROM audit_entries ORDER BY n DESC LIMIT 1), numbers`,
  );
  clock.step(-800 * day_ms);
  await clock.leap(hour_ms);
  expect(count()).toBeGreaterThan(1_200);
  await rename(1);
  await clock.leap(31 * day_ms);
  await until(async () => {
    await clock.leap(hour_ms);
    await Bun.sleep(15);
    return count() === 0;
  });
});

test('the audit log goes by age, and no leap of the clock makes it old', async () => {
  using folder = new Folder();
  const clock = new FakeClock();
  const settings = { ...folder.settings, AUDIT_LOG_DAYS: '30' };
  let server: TestServer = await startTest({ clock, settings });
  const { owner, space } = await world(server, 'olga');
  let renamed = 0;
  const rename = async () =>
    (await afresh(server, owner)).does('PATCH', `/spaces/${space.id}`, {
      name: `${(renamed += 1)}`,
    });
  const count = () =>
    server.app.db.sqlite.query<{ n: number }, []>('SELECT count(*) AS n FROM audit_entries').get()
      ?.n;
  const hours = async (n: number) => {
    for (let hour = 0; hour < n; hour += 1) {
      await clock.leap(hour_ms);
      await Bun.sleep(15);
    }
  };
  const restart = async () => {
    await server.stop();
    server = await startAgain(settings, clock);
  };
  const all = async (): Promise<number> => {
    await rename();
    return count() ?? 0;
  };
  let now = await all();
  // While it runs, the clock leaps and comes back.
  clock.step(40 * day_ms);
  await hours(3);
  expect(await all()).toBe((now += 1));
  clock.step(-40 * day_ms);
  await hours(2);
  expect(await all()).toBe((now += 1));
  // It starts with a clock that is ahead, is used, starts again, and comes back.
  clock.step(700 * day_ms);
  await restart();
  await hours(2);
  expect(await all()).toBe((now += 1));
  await restart();
  await hours(2);
  expect(await all()).toBe((now += 1));
  clock.step(-700 * day_ms);
  await restart();
  await hours(2);
  expect(await all()).toBe((now += 1));
  // And with one that is behind.
  clock.step(-20_000 * day_ms);
  await restart();
  await hours(2);
  expect(await all()).toBe((now += 1));
  clock.step(20_000 * day_ms);
  await restart();
  await hours(2);
  expect(await all()).toBe((now += 1));
  // Age counts as ever, also for what has ids from the future.
  await clock.leap(31 * day_ms);
  await rename();
  await until(async () => {
    await hours(1);
    return count() === 1;
  });
  await server.stop();
});

test('a clock that leaps on at each of some starts is not believed, though rows are written each time', async () => {
  using folder = new Folder();
  const clock = new FakeClock();
  let server: TestServer = await startTest({ clock, settings: folder.settings });
  const { owner, general } = await world(server, 'olga');
  await owner.says(general, 'right');
  const truth_ms = clock.now();
  for (let starts = 0; starts < 4; starts += 1) {
    clock.step(40 * day_ms);
    await server.stop();
    server = await startAgain(folder.settings, clock);
    expect(server.app.trusted.now()).toBeLessThanOrEqual(truth_ms + day_ms);
    await (await afresh(server, owner)).says(general, 'wrong');
  }
  await server.stop();
});

test('what was done while the clock stood at 1970 is not old when it is right', async () => {
  using folder = new Folder();
  const clock = new FakeClock();
  const settings = { ...folder.settings, AUDIT_LOG_DAYS: '30' };
  const today_ms = clock.now();
  clock.step(-today_ms);
  const first = await startTest({ clock, settings });
  const { owner, space } = await world(first, 'olga', 'bob');
  await owner.does('PATCH', `/spaces/${space.id}`, { name: 'First' });
  await first.stop();
  clock.step(today_ms);
  const second = await startAgain(settings, clock);
  const olga = await afresh(second, owner);
  const entries = async () => (await olga.does('GET', `/spaces/${space.id}/audit-log`)).length;
  const count = await entries();
  await olga.does('PATCH', `/spaces/${space.id}`, { name: 'Second' });
  for (let n = 0; n < 30; n += 1) {
    await clock.leap(hour_ms);
    await Bun.sleep(5);
  }
  expect(await entries()).toBe(count + 1);
  await clock.leap(29 * day_ms);
  await until(async () => {
    await clock.leap(hour_ms);
    await Bun.sleep(15);
    return (
      (await (await afresh(second, owner)).does('GET', `/spaces/${space.id}/audit-log`)).length ===
      0
    );
  });
  await second.stop();
});

test('rows that have expired are deleted for no leap of the clock, and their dates hold', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, space, general } = await world(server, 'olga');
  await owner.does('PATCH', `/spaces/${space.id}`, { allow_guest_access: true });
  await owner.does('PATCH', `/channels/${general.id}`, { allow_anonymous_read: true });
  const guest = await server.call('POST', '/auth/guest', { space_id: space.id });
  const invite = await owner.does('POST', `/spaces/${space.id}/invites`, { max_age: 3_600 });
  const listed = async () =>
    (await owner.does('GET', `/spaces/${space.id}/invites`)).map(({ code }: any) => code);
  const rows = () =>
    server.app.db.sqlite.query('SELECT count(*) AS n FROM guest_tokens').get() as { n: number };
  const authorization = `Bearer ${guest.body.token}`;
  const isGuest = () => resolveGuest(server.app, authorization) !== null;
  clock.step(2 * day_ms);
  expect(await listed()).not.toContain(invite.code);
  expect(isGuest()).toBe(false);
  await clock.leap(11 * minute_ms);
  await clock.leap(11 * minute_ms);
  clock.step(-2 * day_ms);
  expect(await listed()).toContain(invite.code);
  expect([rows().n, isGuest()]).toEqual([1, true]);
  await clock.leap(hour_ms);
  await clock.leap(11 * minute_ms);
  expect(rows().n).toBe(0);
  expect(await listed()).not.toContain(invite.code);
});

test('somebody whose token expired for a leap of the clock is logged in again afterwards', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner } = await world(server, 'olga');
  clock.step(40 * day_ms);
  await owner.isRefused(401, 'GET', '/users/@me');
  // A login is when expired tokens go.
  await server.turn((turn) => issueToken(turn, owner.id));
  clock.step(-40 * day_ms);
  await owner.does('GET', '/users/@me');
});

test('a start says in the log when the clock cannot be right, and says nothing otherwise', async () => {
  using folder = new Folder();
  const clock = new FakeClock();
  const first = await startTest({ clock, settings: folder.settings });
  await first.stop();
  const said = async (step_ms: number) => {
    clock.step(step_ms);
    const server = await startAgain(folder.settings, clock);
    await server.stop();
    clock.step(-step_ms);
    return server.logged
      .filter(({ message }) => message.includes('the clock of this machine'))
      .map(({ level, message }) => `${level}: ${message}`);
  };
  for (const step_ms of [0, -30_000, hour_ms, 5 * day_ms]) expect(await said(step_ms)).toEqual([]);
  expect(await said(-hour_ms)).toEqual([
    'notice: the clock of this machine says 2026-06-01T11:00:00.000Z, but the newest row in the database is from 2026-06-01T12:00:00.000Z: the clock is behind now, or it was ahead then',
  ]);
  expect(await said(-clock.now())).toEqual([
    'notice: the clock of this machine is wrong: it says 1970-01-01T00:00:00.000Z',
  ]);
  expect(await said(Date.UTC(2099, 0, 1) - clock.now())).toEqual([
    'notice: the clock of this machine is wrong: it says 2099-01-01T00:00:00.000Z',
  ]);
});

test('pages go on by id, in the order in which messages came', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, general } = await world(server, 'olga');
  clock.step(2 * day_ms);
  const one = await owner.says(general, 'one');
  clock.step(-2 * day_ms);
  const two = await owner.says(general, 'two');
  const path = `/channels/${general.id}/messages`;
  expect(contents(await owner.does('GET', `${path}?after=${one.id}`))).toEqual(['two']);
  expect(contents(await owner.does('GET', `${path}?before=${two.id}`))).toEqual(['one']);
  expect(contents(await owner.does('GET', `${path}?around=${one.id}`))).toEqual(['two', 'one']);
});
