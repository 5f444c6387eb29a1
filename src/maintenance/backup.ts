// `accord backup`: a snapshot of the database and the files that its rows name, checked, in a folder.
import { existsSync } from 'node:fs';
import { link, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '../config.ts';
import { hasLostLog, lostLog } from '../db/found.ts';
import { openToRead, type Look } from '../db/look.ts';
import { DatabaseError, newestSchema } from '../db/open.ts';
import { newestKept } from '../events/numbers.ts';
import { sync } from '../lib/file-tree.ts';
import { version } from '../version.ts';
import { filesIn, names as isNamed, pathsNamedBy } from './files.ts';
import { names, sumOf, written, type Manifest } from './manifest.ts';
import { PartFolder, realTarget, refuseTarget } from './part-folder.ts';
import { Placing } from './placing.ts';
import { restoreFrom } from './restore.ts';
import { needRoom } from './room.ts';
import { uuidIn } from './source.ts';
import { Failure, type Watch } from './watch.ts';

export interface BackedUp {
  readonly manifest: Manifest;
  /** How many files went away while the backup was made: what people deleted. */
  readonly deleted: number;
  /** Paths that rows name, even now, and at which there is no file. */
  readonly missing: string[];
}

interface Job {
  readonly database: string;
  readonly storage: string;
  /** The folder in which the backup is made. */
  readonly folder: string;
  readonly placing: Placing;
  readonly watch: Watch;
  /** Paths of the files that are in the backup. */
  readonly placed: Set<string>;
}

/**
 * Makes a backup at `to`, beside a server or without one. Throws a Failure or a DatabaseError, one
 * line for the operator, or the error of the file system; then nothing is left of it.
 */
export async function backUp(
  { database_path, storage_path }: Config,
  to: string,
  watch: Watch,
): Promise<BackedUp> {
  const target = realTarget(to);
  refuseTarget(target, to, storage_path);
  if (hasLostLog(database_path)) throw new DatabaseError(lostLog(database_path));
  const before = await openToRead(database_path);
  const { bytes } = before;
  before.close();
  using part = new PartFolder(target);
  const folder = part.path;
  const placing = new Placing(join(folder, names.files), join(folder, 'tmp'));
  const storage = resolve(storage_path);
  const job = {
    database: database_path,
    storage,
    folder,
    placing,
    watch,
    placed: new Set<string>(),
  };
  await refuseWithoutRoom(job, bytes);
  const result = await fill(job);
  await tryOut(folder, result.manifest, watch);
  await watch.rest();
  await part.keep();
  watch.end();
  return result;
}

/** Puts everything into the folder, and syncs it. */
async function fill(job: Job): Promise<BackedUp> {
  const { folder, placing, watch, placed } = job;
  await mkdir(join(folder, names.files));
  // Before the snapshot: what its rows name may be deleted a moment later.
  await takeAll(job);
  const file = join(folder, names.database);
  await takeSnapshot(job, file);
  const look = await openToRead(file);
  try {
    await watch.step('taking what its rows name');
    const { gone, missing } = await takeNamed(job, look);
    await rm(join(folder, 'tmp'), { recursive: true, force: true });
    const files: Manifest['files'] = [];
    for (const path of [...placed].toSorted()) {
      await watch.count('adding up files', files.length, placed.size);
      files.push({ path, ...(await sumOf(join(folder, names.files, path))) });
    }
    await watch.step('adding up the database');
    const manifest: Manifest = {
      backup: 1,
      accord: version.version,
      made_at: new Date().toISOString(),
      database: {
        schema: look.schema,
        uuid: uuidIn(look),
        newest_event: newestKept(look.db),
        ...(await sumOf(file)),
      },
      files,
      missing: gone,
    };
    await writeFile(join(folder, names.manifest), written(manifest));
    await sync(join(folder, names.manifest));
    await placing.sync();
    return { manifest, missing, deleted: gone.length - missing.length };
  } finally {
    look.close();
  }
}

/** Refuses before anything is read, if the disk of the backup is too small. */
async function refuseWithoutRoom(job: Job, bytes: number): Promise<void> {
  const { folder, watch } = job;
  await watch.step('looking for room');
  const probe = join(folder, 'probe');
  await writeFile(probe, '');
  // Where the disk of the backup knows no links, it is tried out with copies.
  const hasLinks = await canLink(probe, folder);
  await rm(probe);
  await needRoom(folder, (bytes + (await copied(job))) * (hasLinks ? 1 : 2));
}

/** Returns how many bytes of files will be copied: none where they can be linked. */
async function copied({ storage, folder, watch }: Job): Promise<number> {
  let sum = 0;
  for await (const paths of filesIn(storage)) {
    for (const path of paths) {
      const file = join(storage, path);
      if (await canLink(file, folder)) return 0;
      sum += (await stat(file).catch(() => null))?.size ?? 0;
    }
    await watch.rest();
  }
  return sum;
}

async function canLink(file: string, folder: string): Promise<boolean> {
  const name = join(folder, 'linked');
  try {
    await link(file, name);
    await rm(name);
    return true;
  } catch {
    return false;
  }
}

/** Takes all files of ours that are not in the backup yet. */
async function takeAll(job: Job): Promise<void> {
  for await (const paths of filesIn(job.storage)) {
    for (const path of paths) await take(job, path);
  }
}

async function take({ storage, placing, watch, placed }: Job, path: string): Promise<boolean> {
  if (placed.has(path)) return true;
  await watch.count('taking files', placed.size);
  const isThere = await placing.place(join(storage, path), path);
  if (isThere) placed.add(path);
  return isThere;
}

/** Copies the database in one read: meanwhile its log cannot begin anew. */
async function takeSnapshot({ database, watch }: Job, file: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await watch.step('copying the database');
    const look = await openToRead(database);
    try {
      look.db.sqlite.run('VACUUM INTO ?', [file]);
      if (!look.isStale()) break;
    } finally {
      look.close();
    }
    // A server has started meanwhile.
    await rm(file, { force: true });
    if (attempt === 3) throw new Failure(`another program writes "${database}" past its log`);
  }
  await sync(file);
}

/**
 * Takes what rows of the snapshot name, and nothing else stays. Returns what is `gone`, and what of
 * it is `missing`, since rows name it even now.
 */
async function takeNamed(job: Job, snapshot: Look): Promise<{ gone: string[]; missing: string[] }> {
  const { database, folder, placed } = job;
  if (snapshot.schema !== newestSchema) {
    // Its rows cannot be asked; what no row names is set aside by the server after a restore.
    await takeAll(job);
    return { gone: [], missing: [] };
  }
  const [named, gone] = [new Set<string>(), [] as string[]];
  for (const page of pathsNamedBy(snapshot)) {
    for (const path of page) {
      named.add(path);
      if (!(await take(job, path))) gone.push(path);
    }
  }
  for (const path of placed) {
    if (named.has(path)) continue;
    await rm(join(folder, names.files, path), { force: true });
    placed.delete(path);
  }
  if (gone.length === 0) return { gone, missing: [] };
  const now = await openToRead(database);
  try {
    const missing = gone.filter(
      (path) => isNamed(now, path) && !existsSync(join(job.storage, path)),
    );
    return { gone, missing };
  } finally {
    now.close();
  }
}

/** Restores the backup to another place, by the same code as `accord restore`. */
async function tryOut(folder: string, manifest: Manifest, watch: Watch): Promise<void> {
  await watch.step('trying it out');
  const scratch = join(folder, 'trial');
  await mkdir(scratch);
  const places = { database_path: join(scratch, 'accord.db'), storage_path: join(scratch, 'cdn') };
  const { missing, different } = await restoreFrom(folder, places, watch, true);
  const known = new Set(manifest.missing);
  const wrong = different[0] ?? missing?.find((path) => !known.has(path));
  if (wrong !== undefined) throw new Failure(`the backup was tried out and lacks "${wrong}"`);
  await rm(scratch, { recursive: true });
}
