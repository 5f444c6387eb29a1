// What one account may upload in a day: told, refused as early as can be, and counted whatever becomes of it.
import { expect, test } from 'bun:test';
import { connect } from 'node:net';
import { uploads as counted } from '../../src/db/schema/files.ts';
import { instance } from '../../src/db/schema/people.ts';
import { forgetUploads } from '../../src/features/base/files/quota.ts';
import { FakeClock } from '../support/clock.ts';
import { form, formType, uploads } from '../support/forms.ts';
import { dataUri, heavyPng, png } from '../support/pictures.ts';
import type { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { filesOf } from '../support/stored.ts';
import { deny, listening, world } from '../support/world.ts';

const mebibyte = 1024 * 1024;
const settings = { UPLOAD_MEGABYTES_PER_DAY: '1' };
const file = (size: number) => [{ filename: 'a', bytes: Buffer.alloc(size, 1) }];
const rows = ({ app }: TestServer) => app.db.orm.select().from(counted).all();

test('it is told in the settings, as the operator or the database says it', async () => {
  const told = async (server: TestServer) =>
    (await server.call('GET', '/settings')).data.max_upload_per_day;
  await using usual = await startTest();
  expect(await told(usual)).toBe(1024 * mebibyte);
  await using other = await startTest({ settings });
  expect(await told(other)).toBe(mebibyte);
  await other.turn(({ tx }) => tx.orm.update(instance).set({ max_upload_per_day: 7 }).run());
  expect(await told(other)).toBe(7);
});

test('beyond it 403 quota_exceeded, with the numbers, and nothing stays or is told', async () => {
  await using server = await startTest({ settings });
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  expect((await uploads(bob, general, {}, file(mebibyte - 10))).status).toBe(200);
  const [heard] = await listening([owner]);
  const refused = await uploads(bob, general, { content: 'x' }, file(11));
  expect([refused.status, refused.body.error]).toEqual([
    403,
    {
      code: 'quota_exceeded',
      message: 'This account may upload 1048576 bytes in 24 hours.',
      details: { quota: 'max_upload_per_day', limit: '1048576', used: '1048566' },
    },
  ]);
  await heard.hearsNothing();
  expect(await filesOf(server)).toHaveLength(1);
  // What just fits, messages without files, and other people.
  expect((await uploads(bob, general, {}, file(10))).status).toBe(200);
  expect((await uploads(bob, general, { content: 'x' }, [])).status).toBe(200);
  expect((await uploads(owner, general, {}, file(11))).status).toBe(200);
});

test('deleting gives nothing back, and what was refused was not counted', async () => {
  await using server = await startTest({ settings });
  const at = await world(server, 'olga', 'bob');
  const { bob, general } = at;
  await deny(at, general, 'attach_files');
  expect((await uploads(bob, general, {}, file(900_000))).status).toBe(403);
  expect(rows(server)).toEqual([]);
  const { owner } = at;
  const { data } = await uploads(owner, general, {}, file(900_000));
  await owner.does('DELETE', `/channels/${general.id}/messages/${data.id}`);
  expect((await uploads(owner, general, {}, file(900_000))).body.error.code).toBe('quota_exceeded');
});

test('it is any 24 hours, after which old uploads are forgotten', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ settings, clock });
  const { owner, general } = await world(server, 'olga');
  const sends = async (size: number) => (await uploads(owner, general, {}, file(size))).status;
  /** Makes what was uploaded so many stretches of ten minutes older. */
  const age = (slots: number) =>
    server.turn(({ tx }) => tx.sqlite.query('UPDATE uploads SET slot = slot - ?').run(slots));
  expect(await sends(700_000)).toBe(200);
  await age(72);
  expect(await sends(300_000)).toBe(200);
  await age(72);
  expect(await sends(600_000)).toBe(403);
  // A clock that is set changes nothing.
  clock.step(3 * 86_400_000);
  expect(await sends(600_000)).toBe(403);
  await age(1);
  expect(await sends(600_000)).toBe(200);
  await age(100);
  await server.turn(({ tx, steady }) => forgetUploads(tx, steady));
  expect(rows(server)).toMatchObject([{ bytes: 600_000 }]);
});

test('many small uploads take few rows', async () => {
  await using server = await startTest({ settings, clock: new FakeClock() });
  const { owner, general } = await world(server, 'olga');
  for (let n = 0; n < 20; n += 1) await uploads(owner, general, {}, file(7));
  expect(rows(server)).toMatchObject([{ account_id: owner.id, bytes: 140 }]);
});

test('images count wherever they are used, with what is kept of them', async () => {
  await using server = await startTest({ settings });
  const { owner, space } = await world(server, 'olga');
  const image = dataUri('image/png', png(40, 40, 3));
  const size = png(40, 40, 3).length;
  const used = () => rows(server).reduce((sum, { bytes }) => sum + bytes, 0);
  const calls: [string, string, object, number][] = [
    ['PATCH', '/users/@me', { avatar: image, banner: image }, 2],
    ['PATCH', `/spaces/${space.id}/members/@me`, { avatar: image }, 1],
    ['PATCH', `/spaces/${space.id}/members/${owner.id}`, { avatar: image }, 1],
    ['PATCH', `/spaces/${space.id}`, { icon: image, banner: image }, 2],
    ['POST', `/spaces/${space.id}/emojis`, { name: 'pea', image }, 1],
    ['POST', '/spaces', { name: 'another', icon: image }, 1],
  ];
  for (const [method, path, body, images] of calls) {
    const before = used();
    await owner.does(method, path, body);
    expect({ path, bytes: used() - before }).toEqual({ path, bytes: images * size });
  }
  await server.turn(({ tx }) => tx.orm.update(instance).set({ max_upload_per_day: 1 }).run());
  const stored = await filesOf(server);
  for (const [method, path, body] of calls) {
    const reply = await owner.call(method, path, { ...body, name: 'other' });
    expect([path, reply.status, reply.code]).toEqual([path, 403, 'quota_exceeded']);
  }
  expect(await filesOf(server)).toEqual(stored);
  // What sends no image goes on.
  await owner.does('PATCH', '/users/@me', { avatar: null, bio: 'x' });
});

test('bots count with their owner, and nobody counts instance admins and theirs', async () => {
  await using server = await startTest({ settings });
  const { owner, space, general } = await world(server, 'olga');
  const bring = async (who: Person) => {
    const { token, application } = await who.does('POST', '/applications', { name: 'a bot' });
    const id = application.bot_user_id;
    await server.turn((turn) => {
      turn.tx.sqlite
        .query('INSERT INTO members (space_id, user_id, joined_at) VALUES (?, ?, 1)')
        .run(space.id, id);
    });
    return { authorization: `Bot ${token}`, server } as unknown as Person;
  };
  const bot = await bring(owner);
  expect((await uploads(bot, general, {}, file(600_000))).status).toBe(200);
  expect((await uploads(owner, general, {}, file(600_000))).status).toBe(403);
  expect((await uploads(owner, general, {}, file(400_000))).status).toBe(200);
  expect((await uploads(bot, general, {}, file(100_000))).status).toBe(403);

  const { admin } = server;
  await admin.does('POST', `/spaces/${space.id}/join`);
  for (const who of [admin, await bring(admin)]) {
    for (let n = 0; n < 2; n += 1) {
      expect((await uploads(who, general, {}, file(900_000))).status).toBe(200);
    }
  }
});

test('0 is no limit', async () => {
  await using server = await startTest({ settings: { UPLOAD_MEGABYTES_PER_DAY: '0' } });
  const { owner, general } = await world(server, 'olga');
  for (let n = 0; n < 3; n += 1) {
    expect((await uploads(owner, general, {}, file(mebibyte))).status).toBe(200);
  }
  expect(rows(server)).toEqual([]);
});

/** Sends a head, and whatever comes next, and answers the first line of the answer. */
async function asked(server: TestServer, head: string, more: Uint8Array[] = []): Promise<string> {
  const answered = Promise.withResolvers<string>();
  const socket = connect(Number(new URL(server.origin).port), '127.0.0.1', () => {
    socket.write(head);
    for (const part of more) socket.write(part);
  });
  socket.on('error', () => {});
  socket.once('data', (data) => answered.resolve(String(data).split('\r\n')[0] ?? ''));
  const line = await answered.promise;
  socket.destroy();
  return line;
}

test('an upload that announces more is refused before its first byte, an image as well', async () => {
  await using server = await startTest({ settings });
  const { owner, general } = await world(server, 'olga');
  const head = (method: string, path: string, type: string, length: number) =>
    `${method} /api/v1${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${owner.authorization}\r\n` +
    `Content-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`;
  const upload = `/channels/${general.id}/messages/upload`;
  const forbidden = 'HTTP/1.1 403 Forbidden';
  expect(await asked(server, head('POST', upload, formType, 5 * mebibyte))).toBe(forbidden);
  const json = head('PATCH', '/users/@me', 'application/json', 2 * mebibyte);
  expect(await asked(server, json)).toBe(forbidden);
});

test('an upload sent again by its nonce is answered, though another would be too much', async () => {
  await using server = await startTest({ settings });
  const { owner, general } = await world(server, 'olga');
  const sends = (nonce: string) => uploads(owner, general, { nonce }, file(700_000));
  const first = await sends('one');
  const again = await sends('one');
  expect([again.status, again.data?.id]).toEqual([200, first.data.id]);
  expect((await sends('two')).body.error.code).toBe('quota_exceeded');
  expect(await filesOf(server)).toHaveLength(1);
  // As soon as its first file begins.
  const whole = form({ nonce: 'two' }, file(700_000)).subarray(0, 2_000);
  const head =
    `POST /api/v1/channels/${general.id}/messages/upload HTTP/1.1\r\nHost: x\r\n` +
    `Authorization: ${owner.authorization}\r\nContent-Type: ${formType}\r\nContent-Length: 700500\r\n\r\n`;
  expect(await asked(server, head, [whole])).toBe('HTTP/1.1 403 Forbidden');
});

test('an upload without a length is given up once it is too long, and the last byte is judged', async () => {
  await using server = await startTest({ settings });
  const { owner, general } = await world(server, 'olga');
  const whole = form({}, file(5 * mebibyte)).subarray(0, 3 * mebibyte);
  const chunk = [Buffer.from(`${whole.length.toString(16)}\r\n`), whole, Buffer.from('\r\n')];
  const head =
    `POST /api/v1/channels/${general.id}/messages/upload HTTP/1.1\r\nHost: x\r\n` +
    `Authorization: ${owner.authorization}\r\nContent-Type: ${formType}\r\nTransfer-Encoding: chunked\r\n\r\n`;
  expect(await asked(server, head, chunk)).toBe('HTTP/1.1 403 Forbidden');
  expect(await filesOf(server)).toEqual([]);
  // Several at once, each of which would fit.
  const all = await Promise.all(
    Array.from({ length: 4 }, () => uploads(owner, general, {}, file(400_000))),
  );
  expect(all.filter(({ status }) => status === 200)).toHaveLength(2);
  expect(all.filter(({ body }) => body.error?.code === 'quota_exceeded')).toHaveLength(2);
  expect(await filesOf(server)).toHaveLength(2);
});

test('what is cut off an image does not count', async () => {
  await using server = await startTest({ settings });
  const { owner } = await world(server, 'olga');
  await owner.does('PATCH', '/users/@me', { avatar: dataUri('image/png', heavyPng(500_000)) });
  expect(rows(server)).toMatchObject([{ bytes: png(3, 3).length }]);
});
