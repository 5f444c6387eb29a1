// Removes files whose row is gone: the turn that deletes the row queues them for removal.
import { gt, inArray, sql } from 'drizzle-orm';
import type { App, StateName } from '../../../app.ts';
import { prepared, type Tx } from '../../../db/open.ts';
import { file_removals } from '../../../db/schema/files.ts';
import { folderState } from './owner.ts';

const note = prepared((orm) =>
  orm
    .insert(file_removals)
    .values({ path: sql.placeholder('path') })
    .prepare(),
);

/** Queues a file of the store for removal after this turn. Its path must never be used again. */
export function removeLater(tx: Tx, path: string): void {
  note(tx).run({ path });
}

const slice = 100;
const every_ms = 1_000;

/** Works through the queue of removals; one for each server. */
class FileRemovals {
  readonly #app: App;
  /** Rows whose file could not be removed, or may be in another folder; they wait for the next start. */
  readonly #stuck = new Set<number>();
  #running: Promise<void> | null = null;
  #isAskedAgain = false;
  #hasEnded = false;

  constructor(app: App) {
    this.#app = app;
  }

  /** Resolves when all files queued before the call are gone, except stuck ones. */
  work(): Promise<void> {
    this.#isAskedAgain = true;
    this.#running ??= this.#untilDone().finally(() => (this.#running = null));
    return this.#running;
  }

  end(): void {
    this.#hasEnded = true;
  }

  async #untilDone(): Promise<void> {
    while (this.#isAskedAgain && !this.#hasEnded) {
      this.#isAskedAgain = false;
      for (let last = 0, more = true; more && !this.#hasEnded;) {
        const rows = this.#after(last);
        await this.#removeAll(rows);
        last = rows.at(-1)?.id ?? last;
        more = rows.length === slice;
      }
    }
  }

  #after(id: number) {
    const { orm } = this.#app.db;
    const rest = orm.select().from(file_removals).where(gt(file_removals.id, id));
    return rest.orderBy(file_removals.id).limit(slice).all();
  }

  async #removeAll(rows: readonly { id: number; path: string }[]): Promise<void> {
    const gone: number[] = [];
    for (const { id, path } of rows) {
      if (this.#stuck.has(id)) continue;
      try {
        const wasThere = await this.#app.files.remove(path);
        // In a folder of others nothing else has this path, so what is there is ours; what is not
        // there waits in the right folder.
        if (wasThere || this.#app.state(folderState).ownership !== 'others') gone.push(id);
        else this.#stuck.add(id);
      } catch (error) {
        this.#stuck.add(id);
        this.#app.log.error({ err: error, path }, 'a file could not be removed');
      }
    }
    if (gone.length === 0 || this.#hasEnded) return;
    await this.#app.write(({ tx }) => {
      tx.orm.delete(file_removals).where(inArray(file_removals.id, gone)).run();
    });
  }
}

export const fileRemovals: StateName<FileRemovals> = { create: (app) => new FileRemovals(app) };

/** Starts removing queued files, also those of an earlier run; returns a function that stops it. */
export function startRemovals(app: App): () => void {
  const removals = app.state(fileRemovals);
  const work = () => {
    removals.work().catch((error: unknown) => {
      app.log.error({ err: error }, 'removing files failed; it is tried again');
    });
  };
  const cancel = app.clock.every(every_ms, work);
  work();
  return () => {
    cancel();
    removals.end();
  };
}
