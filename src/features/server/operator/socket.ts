// The socket beside the database by which the operator's commands reach a server that runs.
import { closeSync, openSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { realPath } from '../../../db/place.ts';

/** What the name of the socket adds to that of the database. */
const ending = '-control';

/** The longest address of a socket that systems take, in bytes; Linux takes 107. */
const longest = 103;

/** An address to listen at or to connect to; `close` when that is done. */
export interface SocketAddress {
  readonly path: string;
  close(): void;
}

/** Returns the path of the socket file of a database. */
export function socketFile(database_path: string): string {
  return `${realPath(database_path)}${ending}`;
}

/**
 * Returns an address of the socket file. A path that is too long for an address is named by its open
 * folder, which only Linux can do.
 */
export function addressOf(file: string): SocketAddress {
  if (Buffer.byteLength(file) <= longest) return { path: file, close() {} };
  const folder = openSync(dirname(file), 'r');
  return {
    path: `/proc/self/fd/${folder}/${basename(file)}`,
    close: () => closeSync(folder),
  };
}

/** Runs what makes the socket file, which is the operator's alone from its first moment on. */
export function closedToOthers<T>(make: () => T): T {
  const before = process.umask(0o177);
  try {
    return make();
  } finally {
    process.umask(before);
  }
}

/** Removes what an earlier server left; the lock of the database says that it is gone. */
export async function removeSocket(file: string): Promise<void> {
  await unlink(file).catch(() => {});
}
