// Files beside a database that is not theirs, or not the newest copy of it: none is lost.
import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import {
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { file_removals } from '../../src/db/schema/files.ts';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
import { Folder } from '../support/folder.ts';
import { uploads } from '../support/forms.ts';
import { Person } from '../support/person.ts';
import { dataUri, gif, png } from '../support/pictures.ts';
import type { TestServer } from '../support/server.ts';
import { age, dayless, filesBelow, note, removed, tidyings, until } from '../support/stored.ts';
import { world } from '../support/world.ts';

const hour_ms = 3_600_000;
const day_ms = 24 * hour_ms;
const started_ms = new FakeClock().now();
const hex = 'ab'.repeat(16);

const isAside = (path: string) => path.startsWith('set-aside/');

/** One database and one folder of files, over which servers follow each other as time goes on. */
class Site implements AsyncDisposable {
  readonly #folder = new Folder();
  readonly root = join(this.#folder.path, 'files');
  database = join(this.#folder.path, 'accord.db');
  /** What has passed since the first start. */
  passed_ms = 0;
  clock = new FakeClock();
  server!: TestServer;

  /** Starts it; other settings are mistakes. `step_ms` is how wrong the wall clock is. */
  async starts(mistakes: Record<string, string> = {}, step_ms = 0): Promise<TestServer> {
    const right = { DATABASE_URL: `sqlite:${this.database}`, ACCORD_STORAGE_PATH: this.root };
    const settings = { ...right, ...mistakes };
    this.clock = new FakeClock();
    await this.clock.leap(this.passed_ms);
    this.clock.step(step_ms);
    this.server = await startAgain(settings, this.clock);
    return this.server;
  }

  /** Stops it; what it wrote has the time of its clock, since when an hour passes. */
  async stops(): Promise<void> {
    await this.server.stop();
    const written = new Date(started_ms + this.passed_ms);
    for (const path of await this.files()) {
      const file = join(this.root, path);
      if (Bun.file(file).lastModified > Date.now() - hour_ms) await utimes(file, written, written);
    }
    this.passed_ms += hour_ms;
  }

  /** Runs it for one search; what the log says of that. */
  async runs(mistakes: Record<string, string> = {}, step_ms = 0) {
    const server = await this.starts(mistakes, step_ms);
    await looked(server);
    await this.stops();
    return tidyings(server)[0]?.fields;
  }

  copiesTo(name: string): string {
    const to = join(this.#folder.path, name);
    using database = new Database(this.database);
    writeFileSync(to, database.serialize());
    return to;
  }

  has(database: string): void {
    this.database = database;
  }

  files = () => filesBelow(this.root);

  get note(): string {
    return readFileSync(join(this.root, note), 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop().catch(() => {});
    this.#folder[Symbol.dispose]();
  }
}

/** Waits until so many searches have come to their end; with a clock, an hour passes for each. */
async function looked(server: TestServer, times = 1, clock?: FakeClock): Promise<void> {
  for (let done = 0; done < times;) {
    if (done > 0) await clock?.leap(hour_ms);
    await until(async () => tidyings(server).length > done);
    done = tidyings(server).length;
    // The search that has told is over now.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What the operator is told of the folder. */
const notices = ({ logged }: TestServer) =>
  logged
    .filter(
      ({ level, message }) =>
        level === 'notice' &&
        !/^(this invite|the clock|there was no|nobody administers|the first account)/.test(message),
    )
    .map(({ message }) => message);

/** One file of every kind that people upload. */
async function fills(owner: Person, { space, general }: { space: any; general: any }, n = 1) {
  const [still, moving] = [dataUri('image/png', png(n, 3)), dataUri('image/gif', gif(n + 1))];
  await owner.does('PATCH', '/users/@me', { avatar: still, banner: moving });
  await owner.does('PATCH', `/spaces/${space.id}`, { icon: still, banner: moving });
  await owner.does('PATCH', `/spaces/${space.id}/members/@me`, { avatar: still });
  await owner.does('POST', `/spaces/${space.id}/emojis`, { name: `number_${n}`, image: moving });
  return attaches(owner, general, `kept ${n}`);
}

async function attaches(owner: Person, channel: any, bytes: string): Promise<string> {
  const { data } = await uploads(owner, channel, { content: '' }, [{ bytes }]);
  return new URL(data.attachments[0].url).pathname;
}

/** The same person at the server that runs now. */
const now = ({ server }: Site, { id, name, token }: Person) =>
  new Person(server, { id, name, token });

/** A server with a file of every kind, that has stopped. */
async function lived(site: Site) {
  const server = await site.starts();
  const home = await world(server, 'olga');
  const path = await fills(home.owner, home);
  await site.stops();
  return { ...home, path };
}

const isServed = async ({ server }: Site, path: string) =>
  (await fetch(`${server.origin}${path}`)).status === 200;

/** A server that lived on after a backup was made of its database: the backup, and what is good. */
async function livedOn(site: Site) {
  const home = await lived(site);
  const backup = site.copiesTo('backup.db');
  await site.starts();
  const today = await fills(now(site, home.owner), home, 2);
  // The images that were there before.
  await removed(site.server);
  await site.stops();
  return { ...home, backup, good: site.copiesTo('good.db'), today };
}

test("last night's database touches nothing that came after it, however long it runs", async () => {
  await using site = new Site();
  const { backup, good, today } = await livedOn(site);
  const all = await site.files();
  expect(all).toHaveLength(11);

  site.has(backup);
  const server = await site.starts();
  await looked(server, 30, site.clock);
  expect(await site.files()).toEqual(all);
  expect(notices(server)).toEqual([]);
  await site.stops();
  site.has(good);
  await site.starts();
  expect(await isServed(site, today)).toBe(true);
});

test('an older copy touches no image that came after it, also where ids ran ahead of the clock', async () => {
  await using site = new Site();
  const { owner, general } = await lived(site);
  await site.starts();
  site.clock.step(20 * day_ms);
  await now(site, owner).says(general, 'ahead');
  site.clock.step(-20 * day_ms);
  await now(site, owner).says(general, 'right');
  await site.stops();
  const backup = site.copiesTo('backup.db');
  await site.starts();
  await now(site, owner).does('PATCH', '/users/@me', { avatar: dataUri('image/png', png(9, 3)) });
  await removed(site.server);
  await site.stops();
  const all = await site.files();
  site.has(backup);
  await looked(await site.starts(), 2, site.clock);
  expect(await site.files()).toEqual(all);
});

test.each([
  ['days of use', new Date(started_ms + hour_ms)],
  ['a copy that set all file times to 1970', new Date(0)],
])('after %s it sets them aside, and the good one has them back at its start', async (_, time) => {
  await using site = new Site();
  const { owner, general, backup, good, today } = await livedOn(site);
  const all = await site.files();
  for (const path of all) await utimes(join(site.root, path), time, time);

  site.has(backup);
  await looked(await site.starts());
  await site.clock.leap(3 * day_ms);
  site.passed_ms += 3 * day_ms;
  const later = await attaches(now(site, owner), general, 'later');
  await site.stops();
  // The search of this start knows rows that are newer than the files.
  await site.runs();
  expect(await isServed(site, today).catch(() => false)).toBe(false);
  const out = (await site.files()).filter(isAside);
  expect(out).toHaveLength(8);

  site.has(good);
  const server = await site.starts();
  expect(await isServed(site, today)).toBe(true);
  await looked(server);
  const back = await site.files();
  expect(back.filter((path) => all.includes(path))).toEqual(all);
  // What was uploaded meanwhile is newer than the good database.
  expect(back).toHaveLength(all.length + 1);
  expect(await isServed(site, later)).toBe(false);
});

test.each(['sqlite:mistyped.db', 'sqlite::memory:'])(
  'a new database (%s) beside a full folder leaves it alone and says so, again and again',
  async (url) => {
    await using site = new Site();
    const { path } = await lived(site);
    const [all, before] = [await site.files(), site.note];
    const mistakes = { DATABASE_URL: url.replace(':mis', `:${site.database}.mis`) };
    for (const n of [1, 2]) {
      const server = await site.starts(mistakes);
      await world(server, `mallory${n}`);
      await looked(server, 30, site.clock);
      expect(notices(server)).toEqual([expect.stringContaining('belongs to another database')]);
      expect(notices(server)[0]).toContain(join(site.root, note));
      await site.stops();
      expect(await site.files()).toEqual(all);
      expect(site.note).toBe(before);
    }
    const server = await site.starts();
    expect(await isServed(site, path)).toBe(true);
    await looked(server);
    expect(notices(server)).toEqual([]);
  },
);

test('a database in memory claims no folder', async () => {
  await using site = new Site();
  const server = await site.starts({ DATABASE_URL: 'sqlite::memory:' });
  await looked(server);
  const { owner, general } = await world(server, 'olga');
  await attaches(owner, general, 'x');
  await site.stops();
  expect(await Bun.file(join(site.root, note)).exists()).toBe(false);
  expect(notices(await site.starts({ DATABASE_URL: 'sqlite::memory:' }))).toEqual([]);
});

test('people of another database still upload and delete in the folder, and then nobody tidies it', async () => {
  await using site = new Site();
  await lived(site);
  const all = await site.files();
  const mistakes = { DATABASE_URL: `sqlite:${site.database}.other` };
  const first = await site.starts(mistakes);
  await looked(first);
  const { owner, general } = await world(first, 'olga');
  const { data } = await uploads(owner, general, { content: '' }, [{ bytes: 'gone' }]);
  expect(await site.files()).toHaveLength(all.length + 1);
  await owner.does('DELETE', `/channels/${general.id}/messages/${data.id}`);
  await removed(first);
  expect(await site.files()).toEqual(all);
  expect(first.app.db.orm.select().from(file_removals).all()).toEqual([]);
  const path = await attaches(owner, general, 'kept');
  await looked(first, 2, site.clock);
  await site.stops();

  site.passed_ms += day_ms;
  const server = await site.starts();
  await attaches(...(await newcomer(server)), 'x');
  await site.stops();
  await site.runs();
  expect(notices(site.server)).toEqual([expect.stringContaining('other databases keep files')]);
  expect((await site.files()).filter(isAside)).toEqual([]);
  await site.starts(mistakes);
  expect(await isServed(site, path)).toBe(true);
  await site.stops();

  // The operator has given the other one its own folder, and says so.
  const [own = '', other = ''] = site.note.match(/[0-9a-f]{32}/g) ?? [];
  await Bun.write(join(site.root, note), site.note.replace(other, ''));
  expect(site.note).toContain(own);
  expect(await site.runs()).toEqual({ set_aside: 1, put_back: 0, removed: 0 });
});

async function newcomer(server: TestServer): Promise<[Person, any]> {
  const { owner, general } = await world(server, 'newcomer');
  return [owner, general];
}

test('with the folders of two servers swapped nothing moves, and what waits for removal waits', async () => {
  await using one = new Site();
  await using two = new Site();
  const { owner, general } = await lived(one);
  // Another time, so that no ids are the same.
  two.passed_ms = hour_ms / 2;
  await lived(two);
  const [ones, twos] = [await one.files(), await two.files()];
  const swap = () => {
    renameSync(one.root, `${one.root}.moved`);
    renameSync(two.root, one.root);
    renameSync(`${one.root}.moved`, two.root);
  };
  swap();
  const server = await one.starts();
  await looked(server);
  expect(notices(server)).toHaveLength(1);
  const [message] = await now(one, owner).does('GET', `/channels/${general.id}/messages`);
  await now(one, owner).does('DELETE', `/channels/${general.id}/messages/${message.id}`);
  await removed(server);
  expect(server.app.db.orm.select().from(file_removals).all()).toHaveLength(1);
  await one.stops();
  await two.runs();
  expect([await one.files(), await two.files()]).toEqual([twos, ones]);

  swap();
  await removed(await one.starts());
  expect(await one.files()).toEqual(ones.filter((path) => !path.startsWith('attachments/')));
  await one.stops();
  await two.runs();
  expect(notices(two.server)).toEqual([]);
  expect(await two.files()).toEqual(twos);
});

test('files that are copied in after their database, at any time, are those of its rows', async () => {
  await using site = new Site();
  const { path } = await lived(site);
  const all = await site.files();
  renameSync(site.root, `${site.root}.backup`);
  await site.starts();
  expect(await isServed(site, path)).toBe(false);
  // Without `-a`, so that all times are those of the copy.
  cpSync(`${site.root}.backup`, site.root, { recursive: true });
  await looked(site.server, 3, site.clock);
  expect(await isServed(site, path)).toBe(true);
  await site.stops();
  await site.runs();
  expect(await site.files()).toEqual(all);
  expect(notices(site.server)).toEqual([]);
});

const stray = `attachments/1/1.${hex}`;

async function leaves(site: Site, path = stray): Promise<void> {
  await Bun.write(join(site.root, path), 'stray');
  await age(site.root, [path]);
}

test('a folder without a note belongs to the database that knows most of its files', async () => {
  await using site = new Site();
  await lived(site);
  const file = join(site.root, note);
  const before = site.note;
  for (const text of [null, '', ' \n']) {
    if (text === null) rmSync(file);
    else await Bun.write(file, text);
    await leaves(site);
    expect(await site.runs()).toMatchObject({ set_aside: 1 });
    expect(site.note).toBe(before);
  }
  // One that lived later than these files, in a folder of its own.
  await using other = new Site();
  other.passed_ms = 10 * day_ms;
  await lived(other);
  rmSync(file);
  const all = await site.files();
  await site.runs({ DATABASE_URL: `sqlite:${other.database}` });
  expect(notices(site.server)).toEqual([expect.stringContaining('not known to this database')]);
  expect(await Bun.file(file).exists()).toBe(false);
  expect(await site.files()).toEqual(all);
});

test('a note that cannot be read keeps everything in its place, and is told', async () => {
  await using site = new Site();
  await lived(site);
  await leaves(site);
  const all = await site.files();
  const file = join(site.root, note);
  rmSync(file);
  mkdirSync(file);
  await site.runs();
  expect(site.server.logged.filter(({ level }) => level === 'error')).toHaveLength(1);
  rmSync(file, { recursive: true });
  await Bun.write(file, 'nobody knows');
  await site.runs();
  expect(notices(site.server)).toHaveLength(1);
  expect(await site.files()).toEqual(all);
});

test('an emptied folder belongs to whoever comes next', async () => {
  await using site = new Site();
  await lived(site);
  const before = site.note;
  for (const path of await site.files()) rmSync(join(site.root, path));
  for (const name of ['attachments', 'avatars', 'banners', 'emojis', 'icons']) {
    rmSync(join(site.root, name), { recursive: true });
  }
  await site.runs({ DATABASE_URL: `sqlite:${site.database}.other` });
  expect(site.note).not.toBe(before);
  expect(notices(site.server)).toEqual([]);
});

test('what was set aside goes after 30 days, but not because the clock leapt, and never at a start', async () => {
  await using site = new Site();
  await lived(site);
  await leaves(site);
  expect(await site.runs()).toMatchObject({ set_aside: 1 });
  const out = [`set-aside/2026-06-01/${stray}`];
  const aside = async () => (await site.files()).filter(isAside);

  const leapt = await site.starts({}, 400 * day_ms);
  await looked(leapt, 20, site.clock);
  expect(await aside()).toEqual(out);
  await site.stops();

  site.passed_ms = 29 * day_ms;
  const early = await site.starts();
  await looked(early, 30, site.clock);
  expect(await aside()).toEqual(out);
  // A row of now, so that the next start has something to go by.
  await world(early, 'zoe');
  await site.stops();

  site.passed_ms = 32 * day_ms;
  const late = await site.starts();
  await world(late, 'zoe2');
  await looked(late, 1);
  expect(await aside()).toEqual(out);
  await looked(late, 26, site.clock);
  expect(await aside()).toEqual([]);
  expect(tidyings(late).filter(({ level }) => level === 'info')).toMatchObject([
    { fields: { set_aside: 0, put_back: 0, removed: 1 } },
  ]);
});

test('a clock that is behind does not make 30 days of less', async () => {
  await using site = new Site();
  await lived(site);
  await leaves(site);
  await utimes(join(site.root, stray), new Date(0), new Date(0));
  expect(await site.runs({}, -300 * day_ms)).toMatchObject({ set_aside: 1 });
  expect((await site.files()).filter(isAside)).toEqual([`set-aside/2026-06-01/${stray}`]);
});

test('nothing that was set aside is served, and nothing that is put back replaces a file', async () => {
  await using site = new Site();
  const { path } = await lived(site);
  const file = (await site.files()).find((one) => one.startsWith('attachments/')) ?? '';
  const out = join(site.root, 'set-aside/2026-05-30', file);
  mkdirSync(join(out, '..'), { recursive: true });
  renameSync(join(site.root, file), out);
  await Bun.write(join(site.root, 'set-aside/2026-05-31', file), 'newer');
  await site.starts();
  const get = async (at: string) => (await fetch(`${site.server.origin}${at}`)).text();
  expect(await get(path)).toBe('newer');
  expect(await get(`/cdn/set-aside/2026-05-30/${file}`)).toContain('not_found');
  expect(await Bun.file(out).text()).toBe('kept 1');
});

test('a row that goes takes its file along from where it was set aside', async () => {
  await using site = new Site();
  const { owner, general } = await lived(site);
  const server = await site.starts();
  await looked(server);
  const file = (await site.files()).find((one) => one.startsWith('attachments/')) ?? '';
  await server.app.files.aside.take(file, '2026-06-01');
  const [message] = await now(site, owner).does('GET', `/channels/${general.id}/messages`);
  await now(site, owner).does('DELETE', `/channels/${general.id}/messages/${message.id}`);
  await removed(server);
  expect((await site.files()).filter((one) => one.includes('attachments/'))).toEqual([]);
});

test('a file with an id of its own is as old as that, whatever a copy has set its time to', async () => {
  await using site = new Site();
  await lived(site);
  const avatar = `avatars/1/${hex}.png`;
  const copied = new Date(Date.now() - 2 * hour_ms);
  for (const path of [stray, avatar]) {
    await leaves(site, path);
    await utimes(join(site.root, path), copied, copied);
  }
  expect(await site.runs()).toMatchObject({ set_aside: 1 });
  expect(dayless((await site.files()).filter(isAside))).toEqual([`set-aside/${stray}`]);
});

test('symbolic links are followed neither out of the folder nor into it', async () => {
  await using site = new Site();
  await lived(site);
  using elsewhere = new Folder();
  await leaves(site);
  await Bun.write(join(elsewhere.path, stray), 'of others');
  await age(elsewhere.path, [stray]);
  symlinkSync(join(elsewhere.path, 'attachments/1'), join(site.root, 'attachments/2'));
  symlinkSync(join(elsewhere.path, stray), join(site.root, `attachments/1/3.${hex}`));
  expect(await site.runs()).toEqual({ set_aside: 1, put_back: 0, removed: 0 });
  expect(await filesBelow(elsewhere.path)).toEqual([stray]);
  expect(dayless((await site.files()).filter(isAside))).toEqual([`set-aside/${stray}`]);
});
