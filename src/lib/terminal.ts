// Writes to a terminal without waiting for it: one that is stopped (Ctrl-S) must not stop the process.
import { constants, openSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { LineStream } from './lossy-lines.ts';

/**
 * Opens the terminal behind a descriptor once more, so that a write fails where it would wait. Null
 * if it is no terminal, or the system does not open it again; only Linux is known to.
 */
export function openTerminal(descriptor: number): LineStream | null {
  if (process.platform !== 'linux' || !isatty(descriptor)) return null;
  let terminal: number;
  try {
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
    terminal = openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return null;
  }
  return {
    on() {},
    write(text, done) {
      try {
        const bytes = Buffer.from(text);
        const written = writeSync(terminal, bytes);
        done(written < bytes.length ? new Error('the terminal took a part only') : null);
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  };
}
