// A connection to SQLite that plans each of its statements once, not again whenever it runs.
import { Database, type SQLQueryBindings, type Statement } from 'bun:sqlite';
import type { GetColumnData } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';

type Parameters = SQLQueryBindings | SQLQueryBindings[];
type Prepared<Row, P extends Parameters> = ReturnType<typeof Database.prototype.prepare<Row, P>>;

interface Values {
  text: string;
  number: number;
  'text?': string | null;
  'number?': number | null;
}

/** What each column of a row holds: a kind, or the same as that column of a table, if it is kept as it is read. */
export type Shape = Readonly<Record<string, keyof Values | SQLiteColumn>>;

export type RowOf<S extends Shape> = {
  [K in keyof S]: S[K] extends keyof Values
    ? Values[S[K]]
    : S[K] extends SQLiteColumn
      ? GetColumnData<S[K]>
      : never;
};

/** A statement that answers rows. */
export interface Rows<Row> {
  get(...bound: (string | number | null)[]): Row | null;
  all(...bound: (string | number | null)[]): Row[];
}

/** A text, a quoted name, or a parameter. */
const quotedOrParameter = /'[^']*'|"[^"]*"|\?/g;

/**
 * SQLite plans a statement anew each time a bare parameter is bound that its planner looked at: in
 * joins, sorts and LIMIT. It does not look behind a sign; `+?` has the same value, type and plan.
 */
function steady(sql: string): string {
  return sql.replace(quotedOrParameter, (part) => (part === '?' ? '+?' : part));
}

export class PlannedDatabase extends Database {
  /** By text. Bun itself keeps only the last 20; ours are all written in the code. */
  readonly #kept = new Map<string, Statement>();

  override query<Row, P extends Parameters>(sql: string): Prepared<Row, P> {
    const kept = this.#kept.get(sql);
    if (kept !== undefined) return kept as Prepared<Row, P>;
    const statement = this.prepare<Row, P>(sql);
    this.#kept.set(sql, statement as Statement);
    return statement;
  }

  override prepare<Row, P extends Parameters>(sql: string, params?: P): Prepared<Row, P> {
    return super.prepare<Row, P>(steady(sql), params);
  }

  /** A statement written as SQL whose rows have this shape; each row is held against it in tests, and only there. */
  rows<S extends Shape>(_shape: S, sql: string): Rows<RowOf<S>> {
    return this.query<RowOf<S>, (string | number | null)[]>(sql);
  }

  override close(throwOnError?: boolean): void {
    for (const statement of this.#kept.values()) statement.finalize();
    this.#kept.clear();
    super.close(throwOnError);
  }
}
