import { expect, test } from 'bun:test';
import { issueToken } from '../../src/features/doors/auth/actions.ts';
import { FakeClock } from '../support/clock.ts';
import { Ears } from '../support/ears.ts';
import { Person } from '../support/person.ts';
import { dropped, refusal, standOf } from '../support/resuming.ts';
import { startTest } from '../support/server.ts';
import { quietly, world } from '../support/world.ts';

const contents = (frames: { type?: string; data: any }[]) =>
  frames.filter(({ type }) => type === 'message.create').map(({ data }) => data.content);

test('RESUME brings what was missed, then says so, then goes on live', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  const bobs = await bob.listens(quietly);
  await owner.says(general, 'heard');
  await bobs.hears('message.create');
  const stand = await dropped(bobs);
  await owner.says(general, 'missed');
  const { ears, missed } = await bob.resumes(stand.session_id, stand.seq);
  expect(contents(missed)).toEqual(['missed']);
  expect(missed[0]?.seq).toBeGreaterThan(stand.seq);
  const resumed = ears.frames.at(-1);
  expect(resumed).toEqual({
    op: 0,
    type: 'resumed',
    seq: server.app.seq(),
    data: { session_id: stand.session_id, seq: server.app.seq(), replayed: 1 },
  });
  await owner.says(general, 'live');
  const [live] = await ears.hearsExactly('message.create');
  expect(live?.data['content']).toBe('live');
});

test('a session can drop and come back again and again; each event comes once', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  let ears = await bob.listens(quietly);
  const { session_id } = ears.ready;
  const heard: string[] = [];
  const sent: string[] = [];
  for (let n = 0; n < 6; n += 1) {
    for (const content of [`${n} live`, `${n} missed`]) {
      if (content.endsWith('missed')) await dropped(ears);
      await owner.says(general, content);
      sent.push(content);
      if (content.endsWith('live')) await ears.hears('message.create');
    }
    heard.push(...contents(ears.frames));
    ({ ears } = await bob.resumes(session_id, ears.seq));
  }
  expect([...heard, ...contents(ears.frames)]).toEqual(sent);
});

test('the session of somebody else is not resumed, and not harmed', async () => {
  await using server = await startTest();
  const { bob, eve } = await world(server, 'olga', 'bob', 'eve');
  const bobs = await bob.listens(quietly);
  expect(await refusal(eve, standOf(bobs))).toBe(4009);
  await bobs.hearsNothing();
  const stand = await dropped(bobs);
  expect(await refusal(eve, stand)).toBe(4009);
  await bob.resumes(stand.session_id, stand.seq);
});

test('a number that was never given is refused with 4007, an unknown session with 4009', async () => {
  await using server = await startTest();
  const { bob } = await world(server, 'olga', 'bob');
  const stand = await dropped(await bob.listens(quietly));
  expect(await refusal(bob, { ...stand, session_id: '17' })).toBe(4009);
  expect(await refusal(bob, { ...stand, seq: server.app.seq() + 1 })).toBe(4007);
});

test('nothing from before READY can be asked for', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  await owner.says(general, 'before');
  const ears = await bob.listens(quietly);
  const first = ears.seq;
  await owner.says(general, 'after');
  const stand = await dropped(ears);
  expect(await refusal(bob, { ...stand, seq: first - 1 })).toBe(4009);
});

test('RESUME works after every close of a client but 1000, 1001 and one without a code', async () => {
  await using server = await startTest();
  const { bob } = await world(server, 'olga', 'bob');
  for (const code of [4000, 3000, 4004, 4005]) {
    const ears = await bob.listens(quietly);
    ears.close(code);
    expect(await ears.closes()).toBe(code);
    await bob.resumes(ears.ready['session_id'], ears.seq);
  }
  for (const code of [1000, 1001, undefined]) {
    const ears = await bob.listens(quietly);
    ears.close(code);
    await ears.closes();
    expect(await refusal(bob, standOf(ears))).toBe(4009);
  }
});

test('a socket that still looks open gives way to RESUME', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  const old = await bob.listens(quietly);
  const { session_id, seq } = standOf(old);
  await owner.says(general, 'lost on the way');
  const { ears, missed } = await bob.resumes(session_id, seq);
  expect(contents(missed)).toEqual(['lost on the way']);
  expect(await old.closes()).toBe(4000);
  await owner.says(general, 'now');
  await ears.hearsExactly('message.create');
  expect(contents(old.frames)).toEqual(['lost on the way']);
});

test('of two RESUMEs at once the later one goes on, and nobody hears anything twice', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  const stand = await dropped(await bob.listens(quietly));
  await owner.says(general, 'missed');
  const [first, second] = [await Ears.open(server.gateway), await Ears.open(server.gateway)];
  const data = { token: bob.authorization, ...stand };
  first.send(3, data);
  second.send(3, data);
  expect(await first.closes()).toBe(4000);
  await second.hears('resumed');
  await owner.says(general, 'live');
  await second.hears('message.create', ({ content }) => content === 'live');
  expect(contents(second.frames)).toEqual(['missed', 'live']);
  expect(contents(first.frames)).not.toContain('live');
  expect(server.app.hub.size).toBe(1);
});

test('another token of the same account resumes, and the session hangs on that one from then on', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  const token = await server.turn((turn) => issueToken(turn, bob.id));
  const other = new Person(server, { id: bob.id, name: 'bob', token });
  const stand = await dropped(await bob.listens(quietly));
  const { ears } = await other.resumes(stand.session_id, stand.seq);
  await bob.does('POST', '/auth/logout');
  await owner.says(general, 'still here');
  await ears.hearsExactly('message.create');
  const again = await other.resumes(stand.session_id, (await dropped(ears)).seq);
  await other.does('POST', '/auth/logout');
  expect(await again.ears.closes()).toBe(4004);
});

test('presence from before RESUME is taken after it', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { bob } = await world(server, 'olga', 'bob');
  const stand = await dropped(await bob.listens());
  const ears = await Ears.open(server.gateway);
  ears.send(8, { status: 'dnd' });
  ears.send(3, { token: bob.authorization, ...stand });
  await ears.hears('resumed');
  await clock.pass(1_000);
  const update = await ears.hears('presence.update', ({ status }) => status === 'dnd');
  expect(update).not.toHaveProperty('seq');
});

test('only what the session asked for is replayed', async () => {
  await using server = await startTest();
  const { owner, bob, space, general } = await world(server, 'olga', 'bob');
  const stand = await dropped(await bob.listens(['spaces']));
  await owner.says(general, 'not asked for');
  await owner.does('PATCH', `/spaces/${space.id}`, { name: 'Elsewhere' });
  await owner.does('POST', `/channels/${general.id}/typing`);
  const { missed } = await bob.resumes(stand.session_id, stand.seq);
  expect(missed.map(({ type }) => type)).toEqual(['space.update']);
});

test('of a deleted message only its deletion is replayed', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  const stand = await dropped(await bob.listens(quietly));
  const { id } = await owner.says(general, 'a secret');
  await owner.does('PATCH', `/channels/${general.id}/messages/${id}`, { content: 'a bad secret' });
  await owner.does('DELETE', `/channels/${general.id}/messages/${id}`);
  const { missed } = await bob.resumes(stand.session_id, stand.seq);
  expect(missed.map(({ type }) => type)).toEqual(['message.delete']);
  const kept = server.app.db.sqlite
    .query('SELECT count(*) AS n FROM events WHERE instr(bytes, ?) > 0')
    .get('secret');
  expect(kept).toEqual({ n: 0 });
});

test('who closes without a code comes back only where IDENTIFY named the Flutter client', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  for (const [properties, code, expected] of [
    [{ os: 'dart' }, undefined, 'resumed'],
    [{ os: 'dart' }, 1000, 4009],
    [{ os: 'dart' }, 1001, 4009],
    [{ os: 'Linux' }, undefined, 4009],
    [{ os: ['dart'] }, undefined, 4009],
    [undefined, undefined, 4009],
  ] as const) {
    const ears = await bob.listens(quietly, properties && { properties });
    const stand = standOf(ears);
    ears.close(code);
    await ears.closes();
    await owner.says(general, 'missed');
    if (expected === 'resumed') {
      const { ears: again, missed } = await bob.resumes(stand.session_id, stand.seq);
      expect(contents(missed)).toEqual(['missed']);
      // RESUME does not name the client again, and the session knows it all the same.
      const second = { ...stand, seq: again.seq };
      again.close();
      await again.closes();
      const { ears: third } = await bob.resumes(second.session_id, second.seq);
      third.close(1000);
    } else {
      await server.turn(() => null);
      expect(await refusal(bob, stand)).toBe(expected);
    }
  }
});

test('what an edit has replaced is not told to who missed it, and not kept in the log', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob', 'eve');
  const ears = await bob.listens(quietly);
  const stand = await dropped(ears);
  const first = { title: 'first title', embeds: [{ title: 'first embed' }], nonce: 'n' };
  const sent = await owner.says(general, 'first text @bob @everyone', first);
  const path = `/channels/${general.id}/messages/${sent.id}`;
  const patch = { content: 'second text @everyone @eve', title: 'second', embeds: [] };
  const edited = await owner.does('PATCH', path, patch);
  const { missed } = await bob.resumes(stand.session_id, stand.seq);
  const [created, updated] = missed.filter(({ type }) => type?.startsWith('message.'));
  expect(created?.type).toBe('message.create');
  const { content, title, embeds, edited_at } = edited;
  expect(created?.data).toEqual({
    ...sent,
    ...{ content, title, embeds, edited_at, nonce: 'n' },
    mentions: [],
    mention_everyone: true,
  });
  expect(updated).toMatchObject({ type: 'message.update', data: edited });
  expect(JSON.stringify(missed)).not.toContain('first');
  const kept = server.app.db.sqlite
    .rows({ n: 'number' }, `SELECT count(*) AS n FROM events WHERE bytes LIKE '%first%'`)
    .get();
  expect(kept?.n).toBe(0);
});
