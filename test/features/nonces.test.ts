// A message that is sent again, because its answer got lost, is not said twice.
import { expect, test } from 'bun:test';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
import { uploads } from '../support/forms.ts';
import { Folder } from '../support/folder.ts';
import { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { world } from '../support/world.ts';

const rows = (server: TestServer) =>
  server.app.db.sqlite.query('SELECT nonce FROM message_nonces ORDER BY nonce').values().flat();

test('the same nonce is answered with the first message as it is now, and told to nobody', async () => {
  await using server = await startTest();
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  const bobs = await bob.listens();
  await bobs.unread();
  const path = `/channels/${general.id}/messages`;
  const first = await anna.says(general, 'once', { nonce: 'a-1' });
  expect(first.nonce).toBe('a-1');
  const [told] = await bobs.hearsExactly('message.create');
  expect(told?.data).toEqual(first);
  expect(await anna.says(general, 'once', { nonce: 'a-1' })).toEqual(first);
  const { nonce: _nonce, ...kept } = first;
  expect(await anna.does('GET', path)).toEqual([kept]);
  await bobs.hearsNothing();
  const edited = await anna.does('PATCH', `${path}/${first.id}`, { content: 'twice' });
  expect(edited).not.toHaveProperty('nonce');
  await bobs.hearsExactly('message.update');
  const again = await anna.says(general, 'something else', { nonce: 'a-1', tts: true });
  expect(again).toEqual({ ...edited, nonce: 'a-1' });
  await bobs.hearsNothing();
});

test('a nonce belongs to an author, a channel and a text; a number and its digits are the same', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const other = await anna.does('POST', `/spaces/${space.id}/channels`, { name: 'other' });
  const sent = [
    await anna.says(general, 'a', { nonce: '5' }),
    await bob.says(general, 'b', { nonce: '5' }),
    await anna.says(other, 'c', { nonce: '5' }),
    await anna.says(general, 'd', { nonce: '05' }),
    await anna.says(general, 'e', { nonce: 'A' }),
    await anna.says(general, 'f', { nonce: 'a' }),
    await anna.says(general, 'g', { nonce: ' ' }),
    await anna.says(general, 'h', { nonce: '\u{1d4b3}'.repeat(64) }),
  ];
  expect(new Set(sent.map(({ id }) => id)).size).toBe(sent.length);
  const again = await anna.says(general, 'a', { nonce: 5 });
  expect([again.id, again.nonce]).toEqual([sent[0].id, 5]);
});

test('anything else is passed over as a nonce', async () => {
  await using server = await startTest();
  const { anna, general } = await world(server, 'anna');
  const others = ['', 'x'.repeat(65), 1.5, 2 ** 53, true, null, ['a'], { a: 1 }, '\ud800', 'a\0'];
  for (const nonce of others) {
    const first = await anna.says(general, 'x', { nonce });
    expect(first).not.toHaveProperty('nonce');
    expect((await anna.says(general, 'x', { nonce })).id).not.toBe(first.id);
  }
  expect(rows(server)).toEqual([]);
});

test('a message that is deleted meanwhile is not said again', async () => {
  await using server = await startTest();
  const { anna, general } = await world(server, 'anna');
  const first = await anna.says(general, 'once', { nonce: 1 });
  await anna.does('DELETE', `/channels/${general.id}/messages/${first.id}`);
  const path = `/channels/${general.id}/messages`;
  await anna.isRefused(409, 'POST', path, { content: 'once', nonce: 1 });
  const upload = await uploads(anna, general, { content: 'once', nonce: 1 }, [{ bytes: 'x' }]);
  expect(upload.status).toBe(409);
  expect(await anna.does('GET', path)).toEqual([]);
});

test('slow mode holds nobody back who sends the same again, but does for another message', async () => {
  await using server = await startTest();
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  await anna.does('PATCH', `/channels/${general.id}`, { rate_limit: 30 });
  const first = await bob.says(general, 'once', { nonce: 1 });
  expect((await bob.says(general, 'once', { nonce: 1 })).id).toBe(first.id);
  const path = `/channels/${general.id}/messages`;
  await bob.isRefused(429, 'POST', path, { content: 'more', nonce: 2 });
  // What was refused was not sent.
  await anna.does('PATCH', `/channels/${general.id}`, { rate_limit: 0 });
  expect((await bob.says(general, 'more', { nonce: 2 })).id).not.toBe(first.id);
});

test('who may not write there any more is told so', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  await bob.says(general, 'once', { nonce: 1 });
  await anna.does('PUT', `/spaces/${space.id}/bans/${bob.id}`);
  const path = `/channels/${general.id}/messages`;
  await bob.isRefused(403, 'POST', path, { content: 'once', nonce: 1 });
});

test('after ten minutes a nonce is a new one, and the old ones are forgotten', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { anna, general } = await world(server, 'anna');
  const first = await anna.says(general, 'x', { nonce: 1 });
  for (let n = 2; n < 6; n += 1) await anna.says(general, 'x', { nonce: n });
  await clock.pass(599_000);
  expect((await anna.says(general, 'x', { nonce: 1 })).id).toBe(first.id);
  await clock.pass(1_000);
  expect((await anna.says(general, 'x', { nonce: 1 })).id).not.toBe(first.id);
  await anna.says(general, 'x', { nonce: 'last' });
  expect(rows(server)).toEqual(['1', 'last']);
});

test('an upload that is sent again keeps no file, wherever its text stands in the form', async () => {
  await using server = await startTest();
  const { anna, general } = await world(server, 'anna');
  const send = () => uploads(anna, general, { content: '', nonce: 'f' }, [{ bytes: 'a file' }]);
  const first = await send();
  expect(first.data).toMatchObject({ nonce: 'f', attachments: [{ size: 6 }] });
  const again = await send();
  expect(again.data).toEqual(first.data);
  const textLast = new FormData();
  textLast.set('files[0]', new File(['another'], 'b.txt'));
  textLast.set('payload_json', JSON.stringify({ content: '', nonce: 'f' }));
  const answer = await fetch(`${server.origin}/api/v1/channels/${general.id}/messages/upload`, {
    method: 'POST',
    headers: { authorization: anna.authorization },
    body: textLast,
  });
  expect(((await answer.json()) as any).data).toEqual(first.data);
  expect(await anna.does('GET', `/channels/${general.id}/messages`)).toHaveLength(1);
  expect(server.app.db.sqlite.query('SELECT count(*) FROM attachments').values()).toEqual([[1]]);
});

test('files of an upload that is sent again are not even looked at', async () => {
  await using server = await startTest();
  const { anna, general } = await world(server, 'anna');
  const tooMany = Array.from({ length: 30 }, () => ({ bytes: 'x' }));
  const wish = { content: 'once', nonce: 'n' };
  expect((await uploads(anna, general, wish, tooMany)).status).toBe(400);
  const first = await uploads(anna, general, wish, [{ bytes: 'x' }]);
  expect((await uploads(anna, general, wish, tooMany)).data).toEqual(first.data);
  // Without a nonce, or with another one, they are.
  expect((await uploads(anna, general, { content: '' }, tooMany)).status).toBe(400);
  expect((await uploads(anna, general, { ...wish, nonce: 'm' }, tooMany)).status).toBe(400);
});

test('the same at once, over both endpoints, is one message', async () => {
  await using server = await startTest();
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  const bobs = await bob.listens();
  await bobs.unread();
  const wish = { content: 'once', nonce: 'n' };
  const ids = await Promise.all(
    Array.from({ length: 8 }, async (_one, n) =>
      n % 2 === 0
        ? (await anna.says(general, 'once', { nonce: 'n' })).id
        : (await uploads(anna, general, wish, [{ bytes: 'x' }])).data.id,
    ),
  );
  expect(new Set(ids).size).toBe(1);
  await bobs.hearsExactly('message.create');
});

test('a nonce is known after a restart', async () => {
  using folder = new Folder();
  const before = await startTest({ settings: folder.settings });
  const { anna, general } = await world(before, 'anna');
  const first = await anna.says(general, 'once', { nonce: 'n' });
  await before.stop();
  const server = await startAgain(folder.settings);
  const again = new Person(server, { id: anna.id, name: 'anna', token: anna.token });
  expect((await again.says(general, 'once', { nonce: 'n' })).id).toBe(first.id);
  await server.stop();
});
