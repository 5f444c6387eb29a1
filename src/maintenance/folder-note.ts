// Whose folder of files it is, before other files are put into it.
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { namedIn, noteOf } from '../features/base/files/owner.ts';
import { noteName } from '../lib/file-store.ts';
import { ignoreMissing, sync } from '../lib/file-tree.ts';
import { give, type Owner } from './placing.ts';
import { Failure } from './watch.ts';

/** The ids of the database to come and of the one that is there; null if one has none. */
interface Ids {
  readonly uuid: string | null;
  readonly old: string | null;
}

export interface Folder {
  /** What the operator should know; null if there is nothing. */
  readonly remark: string | null;
  /** What to do with the note: name the new database in it before files come, or drop it. */
  readonly note: 'write' | 'drop' | 'leave';
}

/** Looks whose files are in the folder. Throws a Failure if they are those of another database. */
export async function lookAtFolder(storage: string, { uuid, old }: Ids): Promise<Folder> {
  const text = (await readFile(join(storage, noteName), 'utf8').catch(ignoreMissing)) ?? '';
  const noted = namedIn(text);
  const found = (await readdir(storage).catch(ignoreMissing)) ?? [];
  const isEmpty = found.every((name) => name === 'tmp' || name === noteName);
  if (isEmpty) return { remark: null, note: uuid === null ? 'drop' : 'write' };
  if (noted.length === 0) return { remark: null, note: 'leave' };
  if (uuid === null) {
    // It gets an id when it is migrated, and then claims the folder if its rows name the files.
    if (noted.every((one) => one === old)) return { remark: null, note: 'drop' };
    const remark = `the files in "${storage}" belong to a database with another id; if it is the right folder, remove "${join(storage, noteName)}"`;
    return { remark, note: 'leave' };
  }
  if (!noted.includes(uuid)) {
    throw new Failure(
      `the files in "${storage}" belong to another database; move them away, or name another folder with ACCORD_STORAGE_PATH`,
    );
  }
  const remark = `other databases keep files in "${storage}", too`;
  return { remark: noted.length > 1 ? remark : null, note: 'leave' };
}

/** Names the database in the note; on disk when the promise resolves. The folder is there. */
export async function writeNote(storage: string, uuid: string, owner: Owner | null): Promise<void> {
  const part = join(storage, `${noteName}.part`);
  await writeFile(part, noteOf([uuid]));
  await sync(part);
  give(part, owner);
  await rename(part, join(storage, noteName));
}

/** Removes the note: the database claims the folder when it knows its id. */
export async function dropNote(storage: string): Promise<void> {
  await rm(join(storage, noteName), { force: true });
}
