// How one turn of a batch is undone: by a savepoint of its own, or together with the batch.
import type { PlannedDatabase } from './db/planned.ts';
import { troubleOf } from './db/trouble.ts';

/** After a batch was undone each turn has a savepoint for so long: who fails on purpose delays nobody much. */
const careful_ms = 1_000;

/**
 * The transaction of a batch. A savepoint copies each page that its turn changes, so a turn has none
 * where it and all turns before it in the batch may run again: if it fails after it has written, all
 * of them are undone.
 */
export class Savepoints {
  readonly #sqlite: PlannedDatabase;
  readonly #steady: () => number;
  #careful_until_ms = -Infinity;
  /** Whether the turns of this batch so far may run again. */
  #mayRepeat = false;
  #hasSavepoint = false;
  /** The number of rows that were changed before the turn. */
  #changes = 0;

  /** `steady` returns milliseconds that only time moves. */
  constructor(sqlite: PlannedDatabase, steady: () => number) {
    this.#sqlite = sqlite;
    this.#steady = steady;
  }

  #run(statement: string): void {
    this.#sqlite.query(statement).run();
  }

  begin(): void {
    this.#run('BEGIN IMMEDIATE');
    this.#mayRepeat = this.#steady() >= this.#careful_until_ms;
  }

  commit(): void {
    this.#run('COMMIT');
  }

  /** Begins a turn. */
  enter(isRepeatable: boolean): void {
    this.#mayRepeat &&= isRepeatable;
    this.#hasSavepoint = !this.#mayRepeat;
    if (this.#hasSavepoint) this.#run('SAVEPOINT turn');
    else this.#changes = this.#countChanges();
  }

  /** Ends a turn that is kept. */
  keep(): void {
    if (this.#hasSavepoint) this.#run('RELEASE turn');
  }

  /** Ends a turn that has failed with `error`, and undoes it; false if only the whole batch can be undone. */
  undo(error: unknown): boolean {
    if (this.#hasSavepoint) {
      this.#run('ROLLBACK TO turn');
      this.#run('RELEASE turn');
      return true;
    }
    // Nearly all turns that fail are refused before they write. A damaged page may leave half a row.
    return this.#countChanges() === this.#changes && troubleOf(error) === null;
  }

  /** Undoes the whole batch; for a while each turn has a savepoint then. */
  undoAll(): void {
    this.#careful_until_ms = this.#steady() + careful_ms;
    this.#run('ROLLBACK');
  }

  #countChanges(): number {
    const [row] = this.#sqlite.rows({ n: 'number' }, 'SELECT total_changes() AS n').all();
    return row?.n ?? 0;
  }
}
