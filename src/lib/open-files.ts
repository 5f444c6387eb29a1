// How many files and sockets the system lets this process have open at once.
import { readdirSync, readFileSync } from 'node:fs';

/** The limit and how many are open now; null where the system does not say, or sets no limit. */
export function openFiles(): { limit: number; open: number } | null {
  try {
    // Bun has raised the soft limit to the hard one before this is read.
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const [, soft] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
    if (soft === undefined) return null;
    return { limit: Number(soft), open: readdirSync('/proc/self/fd').length };
  } catch {
    return null;
  }
}
