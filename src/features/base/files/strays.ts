// Sets files aside that no row names, such as those of a crash, and puts back those that one names.
import type { App } from '../../../app.ts';
import type { StoredFile } from '../../../lib/file-store.ts';
import { repeat } from '../../../lib/repeat.ts';
import { compareSnowflakes, isSnowflake } from '../../../lib/snowflake.ts';
import { featuresOf, type FileKind } from '../../feature.ts';
import { believedTime, type BelievedTime } from './believed-time.ts';
import { isNamed, kindOf, kindsOf } from './kinds.ts';
import { glanceAtFolder, lookAtFolder } from './owner.ts';

/** Files younger than this are left alone: their row may not be written yet. */
const youngest_ms = 3_600_000;

/** Strays from a crash are still too young at the next start, so the search is repeated. */
const every_ms = 3_600_000;

/** How long files stay set aside. */
const kept_ms = 30 * 86_400_000;

/** How long a start waits until files are put back; there are hardly ever any. */
const patience_ms = 5_000;

const temporary = /^tmp\/[0-9a-f-]{36}$/;

/** What each round of one server goes by. */
interface Search {
  readonly app: App;
  readonly kinds: readonly FileKind[];
  readonly time: BelievedTime;
  readonly isFirst: boolean;
  isOver(): boolean;
}

/** What a round has done. */
class Round {
  set_aside = 0;
  put_back = 0;
  removed = 0;
  readonly failures: unknown[] = [];

  /** Does something to one file; a failure keeps no other from its turn. */
  async try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.failures.push(error);
    }
  }

  tell({ log }: App): void {
    const { set_aside, put_back, removed, failures } = this;
    const level = set_aside + put_back + removed > 0 ? 'info' : 'debug';
    log[level]({ set_aside, put_back, removed }, 'tidied the folder of uploaded files');
    // All failures share one log line: a line for each file would come again every hour.
    if (failures.length === 0) return;
    const facts = { err: failures[0], count: failures.length };
    log.error(facts, 'files could not be set aside, put back or removed; it is tried again');
  }
}

/**
 * Tells whether a file came after the newest row that the database had at the start. Such a file
 * may well have its row in a newer copy of the database, which is then the right one.
 */
function isNewer({ app: { newest }, kinds }: Search, { path, changed_ms }: StoredFile): boolean {
  const match = kindOf(kinds, path)?.path.exec(path);
  const ids = match?.slice(1).filter(isSnowflake) ?? [];
  if (ids.some((id) => compareSnowflakes(id, newest.id) > 0)) return true;
  return match?.groups?.['id'] === undefined && changed_ms > newest.written_ms;
}

/** Looking up known files never waits, so without a pause nothing else would run. */
const pause = () => Bun.sleep(1);

async function putBack({ app, kinds, isOver }: Search, round: Round): Promise<void> {
  for await (const found of app.files.aside.all()) {
    for (const file of found) {
      if (isOver()) return;
      if (!isNamed(app.db, kinds, file.path)) continue;
      await round.try(async () => {
        if (await app.files.aside.putBack(file)) round.put_back += 1;
      });
    }
    await pause();
  }
}

/** Sets strays aside, if the folder is ours, and removes what crashes left half received. */
async function setAside(search: Search, round: Round, isOurs: boolean): Promise<void> {
  const { app, kinds, time, isOver } = search;
  const { files, db } = app;
  // A path of no known kind is not ours, and stays.
  const stays = (path: string) =>
    !isOurs || isOver() || kindOf(kinds, path) === undefined || isNamed(db, kinds, path);
  // File times come from the machine, not from the server's clock.
  for await (const found of files.strays(Date.now() - youngest_ms, stays)) {
    for (const file of found) {
      if (isOver()) return;
      const { path } = file;
      if (path.startsWith('tmp/')) {
        if (!temporary.test(path)) continue;
        await round.try(async () => void ((await files.remove(path)) && (round.removed += 1)));
      } else if (!isNewer(search, file)) {
        await round.try(async () => {
          const day = new Date(time.atLeast()).toISOString().slice(0, 10);
          if (await files.aside.take(path, day)) round.set_aside += 1;
        });
      }
    }
    if (isOver()) return;
    await pause();
  }
}

async function removeOldest({ app, time, isOver }: Search, round: Round): Promise<void> {
  const { aside } = app.files;
  for (const day of await aside.days()) {
    if (isOver()) return;
    // Its last file may have come at the end of the day.
    const end_ms = Date.parse(day.slice(0, 10)) + 86_400_000;
    if (!(time.atMost() - end_ms > kept_ms)) continue;
    await round.try(async () => void (round.removed += await aside.removeDay(day)));
  }
}

async function tidy(search: Search, isBack: () => void): Promise<void> {
  const { app, isOver } = search;
  const round = new Round();
  await putBack(search, round).finally(isBack);
  const couldPutBack = round.failures.length === 0;
  try {
    if (isOver()) return;
    const ownership = await lookAtFolder(app, isOver);
    if (ownership === 'shared' || ownership === 'others' || isOver()) return;
    await setAside(search, round, ownership === 'ours');
    // What a row names must be back before its day goes. At the start the clock or the database may
    // be wrong for a moment, so nothing goes before an hour has passed.
    const mayRemove = ownership === 'ours' && couldPutBack && !search.isFirst;
    if (mayRemove && !isOver()) await removeOldest(search, round);
  } finally {
    round.tell(app);
  }
}

/**
 * Starts the search, now and every hour, and waits a moment until what was set aside and has a row
 * is back; returns a function that stops it.
 */
export async function startStraySearch(app: App): Promise<() => void> {
  const facts = { app, kinds: kindsOf(featuresOf(app)), time: believedTime(app) };
  await glanceAtFolder(app);
  const back = Promise.withResolvers<void>();
  let isFirst = true;
  const stop = repeat({
    clock: app.clock,
    interval_ms: every_ms,
    isEager: true,
    work: (isOver) => {
      const search = { ...facts, isFirst, isOver };
      isFirst = false;
      return tidy(search, back.resolve);
    },
    failed: (error) =>
      app.log.error({ err: error }, 'the search for files that no row names has failed'),
  });
  const timer = setTimeout(back.resolve, patience_ms).unref();
  await back.promise;
  clearTimeout(timer);
  return stop;
}
