// Whether a disk has room for what is going to be written.
import { statfs } from 'node:fs/promises';
import { Failure, sizeOf } from './watch.ts';

/** What manifests, folders and the file system itself take besides. */
const beside_bytes = 1_000_000;

/** Throws a Failure if less than `bytes` are free on the disk of that folder. */
export async function needRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const [free_bytes, needed_bytes] = [bavail * bsize, bytes + beside_bytes];
  if (free_bytes >= needed_bytes) return;
  throw new Failure(
    `"${folder}" has too little room: ${sizeOf(needed_bytes)} are needed and ${sizeOf(free_bytes)} are free`,
  );
}
