// Folders that go with a test, and with a run; a database file in the one of a test.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Folders of all servers for which a test names none; goes with the last test of a file, or of the run. */
export const commonFiles = join(tmpdir(), `accord-test-${process.pid}`);

export class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'accord-test-'));

  /** Settings of a server that keeps its rows here, for those that are started again. */
  get settings(): Record<string, string> {
    return { DATABASE_URL: `sqlite:${join(this.path, 'accord.db')}` };
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
