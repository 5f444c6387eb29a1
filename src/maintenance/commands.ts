// The commands of the operator: what each says at its end, and the status of the process.
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Config } from '../config.ts';
import { newestSchema } from '../db/open.ts';
import { DatabaseError } from '../db/place.ts';
import { reasonOf } from '../lib/reason.ts';
import { backUp } from './backup.ts';
import { check } from './check.ts';
import { names } from './manifest.ts';
import { restoreFrom } from './restore.ts';
import { Failure, sizeOf, some, Watch } from './watch.ts';

/** At most so many lines of one kind. */
const most = 10;

/** Runs a command. Throws one line for the operator, a Failure or a DatabaseError, if it fails. */
async function runs(name: string, config: Config, run: (watch: Watch) => Promise<number>) {
  const watch = new Watch();
  watch.listen();
  try {
    for (const remark of config.remarks) watch.warn(remark);
    if (config.database_path === ':memory:') {
      throw new Failure('the database is in memory, so nothing of it is kept');
    }
    return await run(watch);
  } catch (error) {
    watch.end();
    if (error instanceof DatabaseError) throw error;
    throw new Failure(`The ${name} failed: ${reasonOf(error).replace(/\.$/, '')}.`, {
      cause: error,
    });
  }
}

const list = (paths: readonly string[]) =>
  `"${paths[0]}"${paths.length > 1 ? ` and ${paths.length - 1} more` : ''}`;

/** Makes a backup in the folder `to`; returns the status of the process. */
export function runBackup(config: Config, to: string): Promise<number> {
  return runs('backup', config, async (watch) => {
    const { manifest, deleted, missing } = await backUp(config, to, watch);
    const { bytes, schema } = manifest.database;
    const { files } = manifest;
    const sum = files.reduce((all, file) => all + file.bytes, 0);
    watch.say(`The backup "${to}" is done, and was restored to a scratch folder as a trial.`);
    watch.say(
      `It has a database of ${sizeOf(bytes)} (schema ${schema}) and ${some(files.length, 'file')} of ${sizeOf(sum)}.`,
    );
    if (deleted > 0) watch.say(`${some(deleted, 'file')} went away meanwhile, and is not in it.`);
    if (missing.length > 0) {
      watch.warn(`rows name files that are missing in "${config.storage_path}": ${list(missing)}`);
    }
    return 0;
  });
}

/** Restores a backup; returns the status of the process. */
export function runRestore(config: Config, from: string): Promise<number> {
  return runs('restore', config, async (watch) => {
    const done = await restoreFrom(from, config, watch);
    const { source, schema, replaced, missing, different, remark } = done;
    const made = source.manifest === null ? '' : `, made at ${source.manifest.made_at}`;
    watch.say(`"${config.database_path}" is now what "${from}" holds (schema ${schema}${made}).`);
    if (source.manifest !== null) {
      watch.say(`${some(done.placed, 'file')} put into place; ${done.kept} were there already.`);
    }
    if (remark !== null) watch.warn(remark);
    if (different.length > 0) {
      watch.warn(`these files are not as in the backup, and stay as they are: ${list(different)}`);
    }
    if (missing !== null && missing.length > 0) {
      watch.warn(`rows name files that are missing in "${config.storage_path}": ${list(missing)}`);
    }
    if (source.manifest === null && missing?.length && isInBackup(from)) {
      watch.warn(
        `the backup "${dirname(from)}" has files: restore that folder to get them as well`,
      );
    }
    if (replaced !== null) {
      watch.say(`What was there is kept as "${replaced}"; remove it when all is well.`);
    }
    const migrates = schema === newestSchema ? '' : ', which migrates the database first';
    watch.say(
      `Now start the server${migrates}. Clients resume, or begin anew if they know of a later time.`,
    );
    return 0;
  });
}

/** Whether the file is the database of a backup. */
const isInBackup = (file: string) =>
  basename(file) === names.database && existsSync(join(dirname(file), names.manifest));

/** Checks everything; returns the status of the process: 0 if all is well. */
export function runCheck(config: Config): Promise<number> {
  return runs('check', config, async (watch) => {
    const { findings, remarks } = await check(config, watch);
    for (const line of [...findings.flatMap(shortened), ...remarks]) watch.say(line);
    const count = findings.flat().length;
    watch.say(count === 0 ? 'All is well.' : `${some(count, 'finding')}.`);
    return count === 0 ? 0 : 1;
  });
}

function shortened(lines: readonly string[]): string[] {
  const rest = lines.length - most;
  return rest <= 1 ? [...lines] : [...lines.slice(0, most), `${rest} more findings like this one.`];
}
