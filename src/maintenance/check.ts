// `accord check`: whether the database, the event log and the folder of files are as they should be.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '../config.ts';
import { hasLostLog, lostLog } from '../db/found.ts';
import { openToRead, type Look } from '../db/look.ts';
import { DatabaseError, newestSchema } from '../db/open.ts';
import { namedIn } from '../features/base/files/owner.ts';
import { asideName, noteName } from '../lib/file-store.ts';
import { ignoreMissing } from '../lib/file-tree.ts';
import { openSetAside } from '../lib/set-aside.ts';
import { faultsOfLog } from './event-log.ts';
import { filesIn, missingIn, names } from './files.ts';
import { damageIn } from './integrity.ts';
import { uuidIn } from './source.ts';
import { Failure, sizeOf, some, type Watch } from './watch.ts';

/** Larger databases are checked table by table, so that no read keeps the log from beginning anew. */
const maxWhole_bytes = 1 << 30;

export interface Checked {
  /** One line for each thing that is wrong, and what to do; those of one kind together. */
  readonly findings: string[][];
  /** What is not wrong but good to know. */
  readonly remarks: string[];
}

/** Checks everything, beside a server or without one; reads only. Throws errors of the file system. */
export async function check(config: Config, watch: Watch): Promise<Checked> {
  const { database_path: path } = config;
  // What the file says without its log is old.
  if (hasLostLog(path)) return { findings: [[lostLog(path)]], remarks: [] };
  try {
    for (let attempt = 1; ; attempt += 1) {
      const look = await openToRead(path);
      try {
        const checked = await checkAll(config, look, watch);
        if (!look.isStale()) return checked;
      } finally {
        look.close();
      }
      // A server has started meanwhile.
      if (attempt === 3) throw new Failure(`another program writes "${path}"`);
    }
  } catch (error) {
    if (error instanceof DatabaseError) return { findings: [[error.message]], remarks: [] };
    throw error;
  } finally {
    watch.end();
  }
}

async function checkAll(config: Config, look: Look, watch: Watch): Promise<Checked> {
  const isWhole = look.bytes <= maxWhole_bytes;
  await watch.step('checking the database');
  const pause = (table: string) => watch.step(`checking the table ${table}`);
  const damage = await damageIn(look.db.sqlite, isWhole ? null : pause);
  const findings = [damage.map((what) => `The database is damaged: ${what}. Restore a backup.`)];
  const remarks = [
    `The database has schema ${look.schema} and ${sizeOf(look.bytes)}${isWhole ? '' : '; it was checked table by table'}.`,
  ];
  if (look.schema !== newestSchema) {
    remarks.push('Events and files can be checked once a start has migrated it.');
  } else if (damage.length === 0) {
    await watch.step('checking the event log');
    const faults = await faultsOfLog(look.db, () => watch.rest());
    const mend = 'Clients that resume may miss something; restore a backup if they do.';
    findings.push(faults.map((what) => `The event log is wrong: ${what}. ${mend}`));
    await checkFiles(resolve(config.storage_path), look, watch, { findings, remarks });
  }
  return { findings, remarks };
}

async function checkFiles(
  storage: string,
  look: Look,
  watch: Watch,
  { findings, remarks }: Checked,
): Promise<void> {
  await watch.step('checking files');
  const { missing, named } = missingIn(look, storage);
  // What is deleted meanwhile loses its row first.
  const lost = missing.filter((path) => names(look, path) && !existsSync(join(storage, path)));
  const aside = new Set<string>();
  if (lost.length > 0) {
    for await (const files of openSetAside(storage, join(storage, asideName)).all()) {
      for (const { path } of files) aside.add(path);
    }
  }
  const lines = lost.map((path) =>
    aside.has(path)
      ? `The file "${path}" is set aside. Start the server anew, which puts it back.`
      : `The file "${path}" is missing in "${storage}". Restore a backup that has it.`,
  );
  findings.push(lines);
  let strays = 0;
  for await (const paths of filesIn(storage)) {
    strays += paths.filter((path) => !named.has(path) && !names(look, path)).length;
    await watch.rest();
  }
  remarks.push(`Rows name ${some(named.size, 'file')}.`);
  if (strays > 0) {
    remarks.push(`No row names ${some(strays, 'file')}; the server sets aside what is old enough.`);
  }
  const note = (await readFile(join(storage, noteName), 'utf8').catch(ignoreMissing)) ?? '';
  const uuid = uuidIn(look) ?? '';
  if (namedIn(note).some((one) => one !== uuid)) {
    findings.push([
      `The folder "${storage}" belongs to another database, too. Give each server a folder of its own, or correct "${join(storage, noteName)}": this database is ${uuid}.`,
    ]);
  }
}
