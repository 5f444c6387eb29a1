// `accord restore`: checks a backup, puts it in the place of the database, and keeps what was there.
import { existsSync } from 'node:fs';
import { chmod, copyFile, constants, link, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../config.ts';
import { lockDatabase } from '../db/lock.ts';
import { openToRead, type Look } from '../db/look.ts';
import { newestSchema } from '../db/open.ts';
import { realPath } from '../db/place.ts';
import { beginReplacing, finishReplacing, newFileOf, replacedOf } from '../db/replace.ts';
import { sync } from '../lib/file-tree.ts';
import { missingIn } from './files.ts';
import { dropNote, lookAtFolder, writeNote } from './folder-note.ts';
import { damageIn } from './integrity.ts';
import { damageOf } from './manifest.ts';
import { areOne, give, ownerBeside, Placing, type Owner } from './placing.ts';
import { placeFiles, refuseDamagedFiles, type Put } from './restore-files.ts';
import { needRoom } from './room.ts';
import { sourceOf, uuidAt, uuidIn, type Source } from './source.ts';
import { Failure, type Watch } from './watch.ts';

export interface Restored extends Put {
  readonly source: Source;
  readonly schema: number;
  /** The name that the old database has now; null if there was none. */
  readonly replaced: string | null;
  /** Paths that rows name and at which nothing is; null if the schema is too old to tell. */
  readonly missing: string[] | null;
  /** What the operator should know about whose folder it is, or null. */
  readonly remark: string | null;
}

interface Job {
  readonly source: Source;
  /** The database file behind all links. */
  readonly file: string;
  readonly storage: string;
  readonly owner: Owner | null;
  readonly isTrial: boolean;
  readonly watch: Watch;
}

/**
 * Restores `from`, the folder of a backup or a database file. In a trial the database is linked,
 * not copied: nobody may serve it there. Throws a Failure or a DatabaseError, or the error of the
 * file system, and then everything is as it was.
 */
export async function restoreFrom(
  from: string,
  { database_path, storage_path }: Pick<Config, 'database_path' | 'storage_path'>,
  watch: Watch,
  isTrial = false,
): Promise<Restored> {
  const unlock = lockDatabase(database_path);
  const file = realPath(database_path);
  try {
    finishReplacing(file);
    const source = await sourceOf(from);
    const owner = ownerBeside(existsSync(file) ? file : dirname(file));
    give(`${file}-lock`, owner);
    const job = { source, file, storage: resolve(storage_path), owner, isTrial, watch };
    if (existsSync(file) && existsSync(source.database) && (await areOne(file, source.database))) {
      throw new Failure(`"${from}" is the database itself; name a backup of it`);
    }
    return await prepare(job);
  } finally {
    await rm(newFileOf(file), { force: true });
    watch.end();
    unlock();
  }
}

/** Makes the new file, checks it, and goes on. */
async function prepare(job: Job): Promise<Restored> {
  const { source, file, watch } = job;
  await makeNew(job);
  const look = await openToRead(newFileOf(file), source.database);
  try {
    await watch.step('checking the database');
    const [damage] = await damageIn(look.db.sqlite, null);
    const isOther = source.manifest !== null && source.manifest.database.schema !== look.schema;
    if (damage !== undefined || isOther) {
      throw new Failure(`"${source.database}" is damaged: ${damage ?? 'it has another schema'}`);
    }
    await refuseDamagedFiles(source, watch);
    return await place(job, look);
  } finally {
    look.close();
  }
}

/** Puts everything into its place; takes the files out again if that fails. */
async function place(job: Job, look: Look): Promise<Restored> {
  const { source, file, storage, owner, watch } = job;
  const ids = { uuid: uuidIn(look), old: await uuidAt(file) };
  const folder = await lookAtFolder(storage, ids);
  const placing = new Placing(storage, join(storage, 'tmp'), owner);
  let isDone = false;
  try {
    placing.makeFolder(storage);
    if (folder.note === 'write' && ids.uuid !== null) await writeNote(storage, ids.uuid, owner);
    const put = await placeFiles(source, storage, placing, watch);
    await placing.sync();
    const missing = look.schema === newestSchema ? missingIn(look, storage).missing : null;
    await watch.rest();
    if (folder.note === 'drop') await dropNote(storage);
    const hadOne = existsSync(file);
    const time = beginReplacing(file, new Date());
    isDone = true;
    finishReplacing(file);
    const replaced = hadOne ? replacedOf(file, time) : null;
    return { source, schema: look.schema, replaced, ...put, missing, remark: folder.remark };
  } finally {
    if (!isDone) await placing.undo();
  }
}

/** Makes the new file beside the old one, as it will be; it is on disk when this resolves. */
async function makeNew({ source, file, owner, isTrial, watch }: Job): Promise<void> {
  const [fresh, { database, manifest }] = [newFileOf(file), source];
  if (manifest === null) await rewrite(database, fresh, watch);
  else {
    await watch.step('copying the database');
    if (!existsSync(database)) throw new Failure(`"${database}" is missing; use another backup`);
    const isLinked = isTrial && (await link(database, fresh).then(Boolean, () => false));
    if (!isTrial) await needRoom(dirname(file), (await stat(database)).size);
    if (!existsSync(fresh) && !isLinked) {
      await copyFile(database, fresh, constants.COPYFILE_FICLONE);
    }
    const damage = await damageOf(fresh, manifest.database);
    if (damage !== null) throw new Failure(`"${database}" ${damage}; use another backup`);
  }
  if (isTrial) return;
  // Its modes are those of the old one: an operator may have let the group read it.
  const mode = existsSync(file) ? (await stat(file)).mode & 0o770 : 0o600;
  await chmod(fresh, mode);
  give(fresh, owner);
  await sync(fresh);
}

/** Copies a database file, together with the log beside it. */
async function rewrite(database: string, fresh: string, watch: Watch): Promise<void> {
  await watch.step('checking the database');
  const look = await openToRead(database);
  try {
    const [damage] = await damageIn(look.db.sqlite, null);
    if (damage !== undefined) throw new Failure(`"${database}" is damaged: ${damage}`);
    await needRoom(dirname(fresh), look.bytes);
    await watch.step('copying the database');
    look.db.sqlite.run('VACUUM INTO ?', [fresh]);
    if (look.isStale()) throw new Failure(`"${database}" is being written; try again`);
  } finally {
    look.close();
  }
}
