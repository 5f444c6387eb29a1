// A connection to SQLite that plans each statement once, not each time it runs.
import { Database, type SQLQueryBindings, type Statement } from 'bun:sqlite';
import type { GetColumnData } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { LeastRecentMap } from '../lib/least-recent.ts';

type Parameters = SQLQueryBindings | SQLQueryBindings[];
type Prepared<Row, P extends Parameters> = ReturnType<typeof Database.prototype.prepare<Row, P>>;

interface Values {
  text: string;
  number: number;
  'text?': string | null;
  'number?': number | null;
}

/** The types of a row's columns: each by name, or as a table's column that SQLite stores as is. */
export type Shape = Readonly<Record<string, keyof Values | SQLiteColumn>>;

export type RowOf<S extends Shape> = {
  [K in keyof S]: S[K] extends keyof Values
    ? Values[S[K]]
    : S[K] extends SQLiteColumn
      ? GetColumnData<S[K]>
      : never;
};

/** A statement that returns rows. */
export interface Rows<Row> {
  get(...bound: (string | number | null)[]): Row | null;
  all(...bound: (string | number | null)[]): Row[];
}

/** Matches a text, a quoted name, or a parameter. */
const quotedOrParameter = /'[^']*'|"[^"]*"|\?/g;

/**
 * Writes parameters as `+?`, with the same value, type and plan. SQLite would plan a statement
 * again each time a bare parameter is bound that its planner looked at: in joins, sorts and LIMIT.
 */
function steady(sql: string): string {
  return sql.replace(quotedOrParameter, (part) => (part === '?' ? '+?' : part));
}

const maxRecent = 500;

export class PlannedDatabase extends Database {
  /** Statements by text. Bun keeps only the last 20; ours need no limit: all are in the code. */
  readonly #kept = new Map<string, Statement>();

  /** The newest statements of all; a PATCH makes one for each choice of columns, so there is a limit. */
  readonly #recent = new LeastRecentMap<string, Statement>(maxRecent);

  override query<Row, P extends Parameters>(sql: string): Prepared<Row, P> {
    const kept = this.#kept.get(sql);
    if (kept !== undefined) return kept as Prepared<Row, P>;
    const statement = this.prepare<Row, P>(sql);
    this.#kept.set(sql, statement as Statement);
    return statement;
  }

  /**
   * Drizzle asks for a statement here each time it runs a query that is not prepared. Each runs to
   * its end before anything else does, so one of a text is enough. Nobody may finalize it.
   */
  override prepare<Row, P extends Parameters>(sql: string): Prepared<Row, P> {
    let statement = this.#recent.get(sql);
    if (statement === undefined) {
      statement = super.prepare<Row, P>(steady(sql)) as Statement;
      this.#recent.set(sql, statement);
    }
    return statement as Prepared<Row, P>;
  }

  /** Returns a statement whose rows have this shape; only tests check each row against it. */
  rows<S extends Shape>(_shape: S, sql: string): Rows<RowOf<S>> {
    return this.query<RowOf<S>, (string | number | null)[]>(sql);
  }

  /** Closes the file at once. Bun's default would leave it open while any statement is in memory. */
  override close(): void {
    this.#kept.clear();
    this.#recent.clear();
    super.close(true);
  }
}
