// A folder that goes with the test, and a database file in it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
