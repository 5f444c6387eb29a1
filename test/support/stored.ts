// What lies in the file store of a server.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileRemovals } from '../../src/features/files/removals.ts';
import type { TestServer } from './server.ts';

/** All files, as paths below the folder. */
export async function filesOf(server: TestServer): Promise<string[]> {
  const root = server.app.config.storage_path;
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .toSorted();
}

/** Resolves when what was noted for removal is gone from the disk. */
export function removed(server: TestServer): Promise<void> {
  return server.app.state(fileRemovals).work();
}

/** Waits for the disk, which tells nobody when it is done. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 3000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
