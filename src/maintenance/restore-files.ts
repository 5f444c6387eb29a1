// The files of a backup: checked before anything is touched, then put where they are missing.
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { damageOf } from './manifest.ts';
import { areOne, type Placing } from './placing.ts';
import { needRoom } from './room.ts';
import type { Source } from './source.ts';
import { Failure, some, type Watch } from './watch.ts';

export interface Put {
  /** How many files were put into the folder, and how many were there. */
  readonly placed: number;
  readonly kept: number;
  /** Paths at which there is another file than in the backup; it stays. */
  readonly different: string[];
}

/** Throws a Failure if a file of the backup is missing or damaged. */
export async function refuseDamagedFiles(
  { database, files, manifest }: Source,
  watch: Watch,
): Promise<void> {
  if (files === null || manifest === null) return;
  const damaged: string[] = [];
  let done = 0;
  for (const file of manifest.files) {
    await watch.count('checking files', (done += 1), manifest.files.length);
    const damage = await damageOf(join(files, file.path), file);
    if (damage !== null) damaged.push(`"${join(files, file.path)}" ${damage}`);
  }
  if (damaged.length === 0) return;
  throw new Failure(
    `${some(damaged.length, 'file')} of the backup cannot be used: ${damaged[0]}; use another backup, or restore its database alone with: accord restore "${database}"`,
  );
}

/** Puts the files of the backup where they are missing. Neither removes nor overwrites any. */
export async function placeFiles(
  { files, manifest }: Source,
  storage: string,
  placing: Placing,
  watch: Watch,
): Promise<Put> {
  const different: string[] = [];
  if (files === null || manifest === null) return { placed: 0, kept: 0, different };
  const absent = manifest.files.filter(({ path }) => !existsSync(join(storage, path)));
  if (!(await isOneDisk(files, storage))) {
    await needRoom(
      dirname(storage),
      absent.reduce((sum, { bytes }) => sum + bytes, 0),
    );
  }
  let [placed, kept] = [0, 0];
  for (const file of manifest.files) {
    await watch.count('putting files into the folder', placed + kept, manifest.files.length);
    const [from, place] = [join(files, file.path), join(storage, file.path)];
    if (!existsSync(place)) {
      await placing.place(from, file.path);
      placed += 1;
      continue;
    }
    kept += 1;
    if (!(await areOne(from, place)) && (await damageOf(place, file)) !== null) {
      different.push(file.path);
    }
  }
  return { placed, kept, different };
}

async function isOneDisk(a: string, b: string): Promise<boolean> {
  if (!existsSync(a) || !existsSync(b)) return false;
  return (await stat(a)).dev === (await stat(b)).dev;
}
