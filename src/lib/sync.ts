// Brings files and folders to disk, so that they survive a power cut.
import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Syncs what is in a file. Throws the error of the file system. */
export function syncFile(path: string): void {
  syncAs(path, 'r+');
}

/** Syncs the names in a folder, after a file was made in it or renamed. */
export function syncFolder(path: string): void {
  // Windows cannot open folders.
  if (process.platform !== 'win32') syncAs(path, 'r');
}

function syncAs(path: string, flags: string): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
