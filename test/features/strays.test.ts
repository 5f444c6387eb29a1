// Files that no row names: found at the start and every hour after it, set aside, and nothing else.
import { Database } from 'bun:sqlite';
import { afterEach, expect, setSystemTime, test } from 'bun:test';
import { join } from 'node:path';
import { file_removals } from '../../src/db/schema/files.ts';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
import { Folder } from '../support/folder.ts';
import { form, formType, uploads } from '../support/forms.ts';
import { reached, registers } from '../support/outside.ts';
import { dataUri, gif, png } from '../support/pictures.ts';
import { serverCommand, ServerProcess } from '../support/process.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { age, dayless, filesBelow, filesOf, removed, searched, until } from '../support/stored.ts';
import { world } from '../support/world.ts';

const hour_ms = 3_600_000;
const uuid = '0f0e0d0c-0b0a-0908-0706-050403020100';
const hex = 'ab'.repeat(16);

afterEach(() => void setSystemTime());

/** Settings of servers that follow each other over the same rows and files. */
const settingsOf = ({ path, settings }: Folder) => ({
  ...settings,
  ACCORD_STORAGE_PATH: join(path, 'files'),
});

/** Stops with the test. */
const again = (server: TestServer): TestServer & AsyncDisposable =>
  Object.assign(server, { [Symbol.asyncDispose]: () => server.stop() });

async function put(root: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) await Bun.write(join(root, path), 'x');
}

test('what a crash has left is set aside at the start or an hour later; what is known, young or not ours stays', async () => {
  using folder = new Folder();
  const settings = settingsOf(folder);
  const root = settings.ACCORD_STORAGE_PATH;
  const of = await (async () => {
    await using server = await startTest({ settings, clock: new FakeClock() });
    const { owner, general } = await world(server, 'olga');
    const { data } = await uploads(owner, general, { content: '' }, [{ bytes: 'kept' }]);
    return { owner, general, url: new URL(data.attachments[0].url) };
  })();
  const [kept = ''] = await filesBelow(root);
  const left = [
    `tmp/${uuid}`,
    `attachments/${of.general.id}/1.${hex}`,
    `avatars/${of.owner.id}/${hex}.png`,
    'emojis/1/2.png',
  ];
  const foreign = ['tmp/notes.txt', 'attachments/readme.txt', 'backup/2026.tar'];
  const young = [`tmp/${uuid.replace('0f', '1f')}`, `attachments/${of.general.id}/2.${hex}`];
  const noted = `attachments/${of.general.id}/3.${hex}`;
  await put(root, [...left, ...foreign, ...young, noted]);
  await age(root, [...left, ...foreign, kept]);
  const rows = new Database(join(folder.path, 'accord.db'));
  // Written as a crash between the turn and the removal would leave it.
  rows.run(`INSERT INTO file_removals (path) VALUES ('${noted}'), ('gone/already')`);
  rows.close();

  const clock = new FakeClock();
  const server = await startAgain(settings, clock);
  try {
    await searched(server, 1);
    await removed(server);
    const aside = left.slice(1).map((path) => `set-aside/2026-06-01/${path}`);
    expect(await filesOf(server)).toEqual([kept, ...young, ...foreign, ...aside].toSorted());
    expect(
      server.logged.filter(({ level }) => level === 'info').map(({ fields }) => fields),
    ).toEqual([{ set_aside: 3, put_back: 0, removed: 1 }]);
    expect(server.app.db.orm.select().from(file_removals).all()).toEqual([]);

    for (const times of [2, 3]) {
      const later = [`attachments/${of.general.id}/${times}0.${hex}`];
      if (times === 2) later.push(...young);
      await put(root, later);
      await age(root, later);
      await searched(server, times, clock);
      for (const path of later) {
        if (!path.startsWith('tmp/')) aside.push(`set-aside/${path}`);
      }
      const found = dayless(await filesOf(server)).toSorted();
      expect(found).toEqual(dayless([kept, ...foreign, ...aside]).toSorted());
    }
    expect(await (await fetch(`${server.origin}${of.url.pathname}`)).text()).toBe('kept');
    expect(server.logged.filter(({ level }) => level === 'error')).toEqual([]);
  } finally {
    await server.stop();
  }
});

test('whatever has a row stays, however old it is', async () => {
  using folder = new Folder();
  const settings = settingsOf(folder);
  const first = await startTest({ settings, clock: new FakeClock() });
  const { owner, space, general } = await world(first, 'olga');
  const [still, moving] = [dataUri('image/png', png(3, 3)), dataUri('image/gif', gif(2))];
  await owner.does('PATCH', '/users/@me', { avatar: still, banner: moving });
  await owner.does('PATCH', `/spaces/${space.id}`, { icon: still, banner: moving });
  await owner.does('PATCH', `/spaces/${space.id}/members/@me`, { avatar: still });
  await owner.does('POST', `/spaces/${space.id}/emojis`, { name: 'one', image: moving });
  await uploads(owner, general, { content: '' }, [{ bytes: 'x' }]);
  const all = await filesOf(first);
  expect(all).toHaveLength(8);
  await first.stop();
  const stray = `avatars/${owner.id}/${hex}.png`;
  await put(settings.ACCORD_STORAGE_PATH, [stray]);
  await age(settings.ACCORD_STORAGE_PATH, [...all, stray]);
  await using server = again(await startAgain(settings, new FakeClock()));
  await searched(server, 1);
  expect(await filesOf(server)).toEqual([...all, `set-aside/2026-06-01/${stray}`]);
});

test('an upload that takes hours loses nothing to the search', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, general } = await world(server, 'olga');
  // So slow that it takes hours, and just as fast as it has to be: 16 KiB in half a minute.
  const [pieces, piece_bytes, pause_ms] = [150, 17_000, 25_000];
  const first = 'x'.repeat(pieces * piece_bytes);
  const files = [first, 'second'].map((bytes, n) => ({ filename: `${n}.txt`, bytes }));
  const body = form({ content: 'slow' }, files);
  const begins = body.indexOf(first.slice(0, 100));
  let sender: ReadableStreamDefaultController<Uint8Array> | undefined;
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      sender = controller;
      controller.enqueue(body.subarray(0, begins + piece_bytes));
    },
  });
  const sending = fetch(`${server.origin}/api/v1/channels/${general.id}/messages/upload`, {
    method: 'POST',
    headers: { authorization: owner.authorization, 'content-type': formType },
    body: stream,
  });
  await until(async () => (await filesOf(server)).length === 1);
  // The file is not made older, which is what a crash would look like: the machine's clock goes on.
  await put(server.app.config.storage_path, [`tmp/${uuid}`]);
  await age(server.app.config.storage_path, [`tmp/${uuid}`]);
  setSystemTime(Date.now() + 3 * hour_ms);
  const { temporaryFolder } = server.app.files;
  const arrived = () =>
    [...new Bun.Glob('*').scanSync(temporaryFolder)]
      .map((name) => Bun.file(join(temporaryFolder, name)).size)
      .includes(sent * piece_bytes);
  let sent = 1;
  while (sent < pieces) {
    const from = begins + sent * piece_bytes;
    sender?.enqueue(body.subarray(from, from + piece_bytes));
    sent += 1;
    await until(async () => arrived());
    await clock.pass(pause_ms);
  }
  await searched(server, 1);
  sender?.enqueue(body.subarray(begins + first.length));
  sender?.close();
  const answer = await sending;
  expect(answer.status).toBe(200);
  const { data }: any = await answer.json();
  const texts = data.attachments.map(async ({ url }: any) => (await fetch(url)).text());
  expect(await Promise.all(texts)).toEqual([first, 'second']);
});

test('between the slices of a search everybody else has a turn', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const root = server.app.config.storage_path;
  const many = Array.from({ length: 250 }, (_, n) => `backup/${n}`);
  const left = `tmp/${uuid}`;
  await put(root, [...many, left]);
  await age(root, [...many, left]);
  const { files } = server.app;
  const { strays } = files;
  const turns: boolean[] = [];
  files.strays = async function* watched(...asked) {
    for await (const slice of strays(...asked)) {
      let hadTurn = false;
      // A timer, as what the search waits for is one: those that are due run in order.
      setTimeout(() => (hadTurn = true), 0);
      yield slice;
      turns.push(hadTurn);
    }
  };
  await searched(server, 1, clock);
  expect(turns).toEqual([true, true, true]);
});

test('a file that cannot be set aside keeps no other, and is told', async () => {
  using folder = new Folder();
  const settings = settingsOf(folder);
  await (await startTest({ settings, clock: new FakeClock() })).stop();
  const clock = new FakeClock();
  await using server = again(await startAgain(settings, clock));
  const [stuck, other] = [`attachments/1/1.${hex}`, `attachments/2/2.${hex}`];
  await put(settings.ACCORD_STORAGE_PATH, [stuck, other]);
  await age(settings.ACCORD_STORAGE_PATH, [stuck, other]);
  const { aside } = server.app.files;
  const { take } = aside;
  aside.take = async (path, day) => {
    if (path === stuck) throw new Error('read-only file system');
    return take(path, day);
  };
  await searched(server, 1, clock);
  expect(dayless(await filesOf(server))).toEqual([stuck, `set-aside/${other}`]);
  await until(async () => server.logged.some(({ level }) => level === 'error'));
  aside.take = take;
  await searched(server, 2, clock);
  const both = [stuck, other].map((path) => `set-aside/${path}`);
  expect(dayless(await filesOf(server)).toSorted()).toEqual(both);
});

test('killed between files and their rows, the server comes back without a broken message, and an hour later the files are aside', async () => {
  await using process = await ServerProcess.start(serverCommand(null));
  const owner = await registers(reached(process), 'olga');
  const { general } = await owner.founds();
  const sent = await uploads(owner, general, { content: 'kept' }, [{ bytes: 'kept' }]);
  const storage = join(process.folder, 'cdn');
  const [kept = ''] = await filesBelow(storage);

  const rows = () => new Database(process.database, { strict: true });
  // The turn that writes the rows comes to no end, in the middle of its transaction.
  using trap = rows();
  trap.run(`CREATE TRIGGER endless BEFORE INSERT ON attachments BEGIN
    SELECT count(*) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
                          SELECT i FROM n);
  END`);
  const files = [{ bytes: 'one' }, { bytes: 'two' }];
  const sending = uploads(owner, general, { content: 'lost' }, files).then(
    ({ status }) => status,
    () => 'broken off',
  );
  await until(async () => {
    const all = await filesBelow(storage);
    return all.length === 3 && all.every((path) => path.startsWith('attachments/'));
  });
  await process.end('SIGKILL');
  expect(await sending).toBe('broken off');
  trap.run('DROP TRIGGER endless');

  await process.start();
  expect(await owner.does('GET', `/channels/${general.id}/messages`)).toEqual([sent.data]);
  expect(await (await fetch(sent.data.attachments[0].url)).text()).toBe('kept');
  const again = await uploads(owner, general, { content: 'again' }, [{ bytes: 'again' }]);
  expect(again.status).toBe(200);
  await process.end('SIGKILL');

  // In a process no hour passes: a server of this one takes the same rows and files, under a clock
  // that can be moved, and instead of the machine's clock the files are made older.
  const clock = new FakeClock();
  const settings = { DATABASE_URL: `sqlite:${process.database}`, ACCORD_STORAGE_PATH: storage };
  const older = [`tmp/${uuid}`];
  await put(storage, older);
  await age(storage, older);
  const server = await startAgain(settings, clock);
  try {
    await searched(server, 1);
    const all = await filesBelow(storage);
    expect(all).toHaveLength(4);
    await age(storage, all);
    await searched(server, 2, clock);
    const found = await filesOf(server);
    const known = found.filter((path) => path.startsWith('attachments/'));
    expect(known).toHaveLength(2);
    expect(known).toContain(kept);
    expect(found.filter((path) => path.startsWith('set-aside/'))).toHaveLength(2);
  } finally {
    await server.stop();
  }
});
