// What lies in the file store of a server.
import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileRemovals } from '../../src/features/base/files/removals.ts';
import type { FakeClock } from './clock.ts';
import { patience_ms } from './patience.ts';
import type { TestServer } from './server.ts';

/** All files, as paths below the folder. */
export function filesOf(server: TestServer): Promise<string[]> {
  return filesBelow(server.app.config.storage_path);
}

/** Says whose folder it is; all else are files. */
export const note = 'belongs-to.txt';

/** The same of a folder, whoever uses it. */
export async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => path !== note)
    .toSorted();
}

/** The same paths, whatever day those set aside were set aside on. */
export const dayless = (paths: readonly string[]) =>
  paths.map((path) => path.replace(/^set-aside\/\d{4}-\d\d-\d\d\//, 'set-aside/'));

/** Makes files older than anything that may belong to a request, and than a row of any clock. */
export async function age(root: string, paths: readonly string[]): Promise<void> {
  const longAgo = new Date('2026-05-01');
  for (const path of paths) await utimes(join(root, path), longAgo, longAgo);
}

/** Resolves when what was noted for removal is gone from the disk. */
export function removed(server: TestServer): Promise<void> {
  return server.app.state(fileRemovals).work();
}

/** Waits for the disk, which tells nobody when it is done. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + patience_ms;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * Waits until so many searches for strays have found something and gone on to their end.
 * With a clock, hours pass meanwhile: one that comes due while a search still runs begins no other.
 */
export function searched(server: TestServer, times: number, clock?: FakeClock): Promise<void> {
  return until(async () => {
    await clock?.leap(3_600_000);
    return tidyings(server).filter(({ level }) => level === 'info').length === times;
  });
}

/** The log lines of searches that have come to their end; `debug` are those that found nothing. */
export const tidyings = ({ logged }: TestServer) =>
  logged.filter(({ message }) => message === 'tidied the folder of uploaded files');
