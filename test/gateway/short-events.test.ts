// New messages in the event log: kept short, and told by RESUME as they were sent.
import { expect, test } from 'bun:test';
import { readEvents, sentSize } from '../../src/events/log.ts';
import { missedEvents } from '../../src/events/missed.ts';
import { framesOf, writesShort } from '../../src/events/short.ts';
import { blankRow, post } from '../../src/features/talk/messages/actions.ts';
import { updateMessage } from '../../src/features/talk/messages/queries.ts';
import { channelOf } from '../../src/access/load.ts';
import { dropped } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { listening, quietly, world } from '../support/world.ts';

/** What the log keeps of the events about a message. */
function keptOf({ app }: TestServer, id: string) {
  return app.db.sqlite
    .query<{ bytes: string; sent_bytes: number | null; sent: number; seq: number }, [string]>(
      `SELECT e.seq, e.bytes, e.sent_bytes, ${sentSize} AS sent FROM events e WHERE e.subject = ?`,
    )
    .all(id);
}

test('a message is told by RESUME as it was sent, and the log keeps next to nothing of it', async () => {
  await using server = await startTest();
  const { olga, bob, cleo, space, general } = await world(server, 'olga', 'bob', 'cleo');
  const role = await olga.does('POST', `/spaces/${space.id}/roles`, {
    name: 'Readers',
    mentionable: true,
  });
  const path = `/channels/${general.id}/messages`;
  const first = await olga.says(general, 'a thread');
  const [bobs] = await listening([bob], quietly);
  const away = await dropped(await cleo.listens(quietly));
  const bodies = [
    { content: 'plain "text" with \u2028 and 🌱' },
    { content: 'named', nonce: 'mine' },
    { content: 'numbered', nonce: 17 },
    { content: `@bob <@${olga.id}> <@&${role.id}> @everyone`, tts: true, flags: 4096 },
    { content: '', embeds: [{ title: 'one', fields: [{ name: 'a', value: 'b' }] }] },
    { content: 'an answer', reply_to: first.id },
  ];
  for (const body of bodies) {
    const sent = await olga.does('POST', path, body);
    const [kept] = keptOf(server, sent.id);
    expect(kept?.bytes).toBe(body.nonce ? `m{"nonce":${JSON.stringify(body.nonce)}}` : 'm');
    const seqs = [kept?.seq ?? 0];
    // As after a restart, when none is in memory.
    const [event] = readEvents({ ...server.app.db }, seqs);
    expect(readEvents(server.app.db, seqs)).toEqual(event ? [event] : []);
    expect(kept?.sent).toBe(Buffer.byteLength(event?.frame ?? ''));
    expect(kept?.sent_bytes).toBe(kept?.sent ?? null);
    expect(JSON.parse(event?.frame ?? '').data).toEqual(sent);
  }
  const heard = await bobs.unread();
  const { missed } = await cleo.resumes(away.session_id, away.seq);
  expect(missed).toEqual(heard);
  expect(missed).toHaveLength(bodies.length);
});

test('RESUME counts the bytes that are sent, not those that the log keeps', async () => {
  await using server = await startTest();
  const { olga, general } = await world(server, 'olga', 'bob');
  const { app } = server;
  const range = { after: app.seq(), mask: 2 ** 30 - 1, limit: 10, limit_bytes: 65_536 };
  const sent = await olga.says(general, 'x'.repeat(4_000));
  const [kept] = keptOf(server, sent.id);
  const scopes = app.db.sqlite
    .query<{ scope: string }, [number]>('SELECT scope FROM event_scopes WHERE seq = ?')
    .all(kept?.seq ?? 0);
  const hears = new Set(scopes.map(({ scope }) => scope));
  const near = { ...range, head: app.seq() };
  const missed = [{ seq: kept?.seq ?? 0, bytes: kept?.sent_bytes ?? 0 }];
  expect(missed[0]?.bytes).toBeGreaterThan(4_000);
  expect(missedEvents(app.db, hears, near).next().value).toEqual(missed);
  // The same, looked for by scope.
  const far = { ...near, after: 0 };
  expect(Array.from(missedEvents(app.db, hears, far))).toEqual([]);
  expect(missedEvents(app.db, hears, far).next().value).toContainEqual(missed[0]);
});

test('what came to a message later is told by later events alone', async () => {
  await using server = await startTest();
  const { olga, bob, general } = await world(server, 'olga', 'bob');
  const path = `/channels/${general.id}/messages`;
  const away = await dropped(await bob.listens(quietly));
  const sent = await olga.says(general, 'begins a thread');
  await olga.does('PUT', `/channels/${general.id}/pins/${sent.id}`);
  await olga.does('PUT', `${path}/${sent.id}/reactions/%F0%9F%91%8D/@me`);
  await olga.does('POST', path, { content: 'a reply', thread_id: sent.id });
  await server.turn(({ tx }) => updateMessage(tx, sent.id, { previews: [{ title: 'a page' }] }));
  const { missed } = await bob.resumes(away.session_id, away.seq);
  const created = missed.find(({ data }) => data['id'] === sent.id);
  expect(created).toMatchObject({ type: 'message.create', data: sent });
});

test('an edit has the log keep the message whole, with no mention that the edit has added', async () => {
  await using server = await startTest();
  const { olga, bob, cleo, general } = await world(server, 'olga', 'bob', 'cleo');
  const away = await dropped(await bob.listens(quietly));
  const sent = await olga.says(general, 'for @cleo');
  const path = `/channels/${general.id}/messages/${sent.id}`;
  await olga.does('PATCH', path, { content: 'for @cleo and @bob' });
  const { missed } = await bob.resumes(away.session_id, away.seq);
  expect(missed.map(({ type, data }) => [type, data['content'], data['mentions']])).toEqual([
    ['message.create', 'for @cleo and @bob', [cleo.id]],
    ['message.update', 'for @cleo and @bob', [cleo.id, bob.id]],
  ]);
  expect(keptOf(server, sent.id).map(({ sent_bytes }) => sent_bytes)).toEqual([null, null]);
});

test('a message that is gone, or hidden, does not come out of the log', async () => {
  await using server = await startTest();
  const { olga, bob, general } = await world(server, 'olga', 'bob');
  const away = await dropped(await bob.listens(quietly));
  const sent = await olga.says(general, 'soon gone');
  const [{ seq } = { seq: 0 }] = keptOf(server, sent.id);
  // As after a restart, when no frame is in memory.
  const read = () => readEvents({ ...server.app.db }, [seq]);
  expect(read()).toHaveLength(1);
  // As where its row is gone and its events are not, yet.
  await server.turn(({ tx }) => tx.sqlite.query('DELETE FROM messages WHERE id = ?').run(sent.id));
  expect(read()).toEqual([]);
  // Nor where its frame is.
  const { missed } = await bob.resumes(away.session_id, away.seq);
  expect(missed).toEqual([]);
});

test('a message that does not come out of the log as it was sent is refused in tests', async () => {
  await using server = await startTest();
  const { olga, general } = await world(server, 'olga');
  const channel = channelOf(server.app, general.id);
  if (channel === null) throw new Error('there is no channel');
  const outcome = await server
    .turn((turn) => {
      post(turn, channel, blankRow(turn, channel, olga.id, { content: 'x', pinned_at: 1 }));
    })
    .catch(String);
  expect(outcome).toContain('message.create does not come out of the log as it was sent');
});

test('each kind of short events has a mark of its own, and is written by somebody', async () => {
  expect(() => writesShort({ mark: 'm', whole: () => new Map() })).toThrow('have the mark m');
  await using server = await startTest();
  const row = { seq: 1, subject: '1', bytes: '?', sent_bytes: 9 };
  expect(() => framesOf(server.app.db, [row])).toThrow('with the mark ?');
});
