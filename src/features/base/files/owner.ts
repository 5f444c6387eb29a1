// Which database the folder of files belongs to: a note in the folder names it by its uuid.
import { eq } from 'drizzle-orm';
import type { App, StateName } from '../../../app.ts';
import { prepared } from '../../../db/open.ts';
import { this_database } from '../../../db/schema/database.ts';
import { featuresOf } from '../../feature.ts';
import { foundFiles, isNamed, kindsOf } from './kinds.ts';

/**
 * - `ours`: the note names this database, and no other.
 * - `shared`: it names this one and others.
 * - `others`: it names others, or nobody that can be read from it.
 * - `unclaimed`: there is no note, and most of the files are not known here.
 */
export type Ownership = 'ours' | 'shared' | 'others' | 'unclaimed';

/** What was found last; null while it is not clear, as when the note cannot be read or written. */
interface Found {
  ownership: Ownership | null;
  told: Ownership | null;
}

export const folderState: StateName<Found> = { create: () => ({ ownership: null, told: null }) };

/** 32 hex digits: how a note names a database. */
const uuids = /\b[0-9a-f]{32}\b/g;

/** Returns the ids of databases that a note names. */
export const namedIn = (note: string) => [...new Set(note.match(uuids))];

/** The text of a note that names these databases. */
export const noteOf = (databases: readonly string[]) =>
  `The files in this folder belong to the Accord database with this id.\n` +
  `Keep this note: it keeps another database from tidying them away.\n\n` +
  databases.map((uuid) => `${uuid}\n`).join('');

const thisDatabase = prepared((orm) =>
  orm.select().from(this_database).where(eq(this_database.id, 1)).prepare(),
);

function uuidOf({ db }: App): string {
  const row = thisDatabase(db).get();
  if (row === undefined) throw new Error('the database does not say which one it is');
  return row.uuid;
}

/** Claims an empty folder, and otherwise reads the note: as much as a start need wait for. */
export async function glanceAtFolder(app: App): Promise<void> {
  const state = app.state(folderState);
  try {
    const { noted, isBlank } = await readNote(app);
    if (noted.includes(uuidOf(app))) state.ownership = noted.length === 1 ? 'ours' : 'shared';
    else if (await mayClaim(app)) state.ownership = await claim(app);
    else if (!isBlank) state.ownership = 'others';
  } catch {
    // The search, which looks again, tells of it.
  }
}

/**
 * Finds out whose folder it is, notes it where that is clear, and tells the operator once where it
 * is not. Throws if the note can be neither read nor written.
 */
export async function lookAtFolder(app: App, isOver: () => boolean): Promise<Ownership> {
  const state = app.state(folderState);
  const found = await ownershipOf(app, isOver).catch((error: unknown) => {
    state.ownership = null;
    throw error;
  });
  state.ownership = found;
  if (found !== state.told) tell(app, found);
  state.told = found;
  return found;
}

async function ownershipOf(app: App, isOver: () => boolean): Promise<Ownership> {
  const uuid = uuidOf(app);
  const { noted, isBlank } = await readNote(app);
  if (noted.includes(uuid)) return noted.length === 1 ? 'ours' : 'shared';
  if (isInMemory(app)) return isBlank ? 'unclaimed' : 'others';
  if (await mayClaim(app)) return claim(app);
  const { known, unknown } = await countFiles(app, isOver);
  if (isBlank) return known >= unknown && !isOver() ? claim(app) : 'unclaimed';
  if (known === 0 || noted.length === 0) return 'others';
  // From now on the owner knows as well that not all files here are its own.
  await app.files.writeNote(noteOf([...noted, uuid]));
  return 'shared';
}

async function readNote({ files }: App): Promise<{ noted: string[]; isBlank: boolean }> {
  const text = (await files.readNote()) ?? '';
  return { noted: namedIn(text), isBlank: text.trim() === '' };
}

/** Its uuid is another one at each start: a note of it would keep everybody else away for ever. */
const isInMemory = ({ config }: App) => config.database_path === ':memory:';

/** In an empty folder there is nothing to lose, whoever had it before. */
const mayClaim = async (app: App) => !isInMemory(app) && (await app.files.isEmpty());

async function claim(app: App): Promise<Ownership> {
  await app.files.writeNote(noteOf([uuidOf(app)]));
  return 'ours';
}

/** Counts the files that rows name, and those of our kinds that none names, also those set aside. */
async function countFiles(app: App, isOver: () => boolean) {
  const kinds = kindsOf(featuresOf(app));
  const count = { known: 0, unknown: 0 };
  for await (const found of foundFiles(app.db, app.files, kinds)) {
    if (isOver()) return count;
    for (const file of found) {
      if (file.kind !== null) count[file.isNamed ? 'known' : 'unknown'] += 1;
    }
    await Bun.sleep(1);
  }
  for await (const found of app.files.aside.all()) {
    if (isOver()) return count;
    for (const { path } of found) count[isNamed(app.db, kinds, path) ? 'known' : 'unknown'] += 1;
    await Bun.sleep(1);
  }
  return count;
}

function tell(app: App, found: Ownership): void {
  if (found === 'ours' || (found === 'unclaimed' && isInMemory(app))) return;
  const { note } = app.files;
  const what = {
    shared: 'other databases keep files in the folder of uploaded files, too',
    others: 'the folder of uploaded files belongs to another database',
    unclaimed: 'most files in the folder of uploaded files are not known to this database',
  }[found];
  const mend = {
    shared: `give each server a folder of its own; as soon as there is no other database here, remove the other ids from ${note}`,
    others: `correct DATABASE_URL or ACCORD_STORAGE_PATH; if it is the right folder, write the id of this database into ${note} instead of what is there`,
    unclaimed: `correct DATABASE_URL or ACCORD_STORAGE_PATH; if it is the right folder, write the id of this database into a new file ${note}`,
  }[found];
  app.log.notice(
    { folder: app.config.storage_path, database: uuidOf(app) },
    `${what}, so no file without a row is set aside or removed: ${mend}`,
  );
}
