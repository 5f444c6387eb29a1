// What can keep a database from being written although nothing is wrong with the statement.

/** Why: another program holds it, its disk is full, it may not be written, or the disk fails. */
export type Trouble = 'locked' | 'full' | 'read_only' | 'failing';

const byCode: Readonly<Record<string, Trouble>> = {
  SQLITE_BUSY: 'locked',
  SQLITE_LOCKED: 'locked',
  SQLITE_PROTOCOL: 'locked',
  SQLITE_FULL: 'full',
  SQLITE_READONLY: 'read_only',
  SQLITE_PERM: 'read_only',
  SQLITE_AUTH: 'read_only',
  SQLITE_CANTOPEN: 'failing',
  SQLITE_IOERR: 'failing',
  SQLITE_NOMEM: 'failing',
  SQLITE_CORRUPT: 'failing',
  SQLITE_NOTADB: 'failing',
  // Of the files beside the database.
  ENOSPC: 'full',
  EDQUOT: 'full',
  EROFS: 'read_only',
  EIO: 'failing',
  EMFILE: 'failing',
  ENFILE: 'failing',
};

/** Returns what trouble an error, or its cause, tells of; null if it is an error of another kind. */
export function troubleOf(error: unknown): Trouble | null {
  for (const code of codesOf(error)) {
    const known = byCode[code] ?? byCode[primary(code)];
    if (known !== undefined) return known;
  }
  return null;
}

/** Tells whether an error is about damage in the file, which fails only those who read there. */
export function isDamage(error: unknown): boolean {
  return codesOf(error).some((code) => /^SQLITE_(CORRUPT|NOTADB)$/.test(primary(code)));
}

/** Extended codes begin with the code that they extend: SQLITE_IOERR_WRITE. */
const primary = (code: string) => code.split('_').slice(0, 2).join('_');

function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  return [...own, ...codesOf(error.cause)];
}
