// A connection to SQLite that plans each of its statements once, not again whenever it runs.
import { Database, type SQLQueryBindings, type Statement } from 'bun:sqlite';

type Parameters = SQLQueryBindings | SQLQueryBindings[];
type Prepared<Row, P extends Parameters> = ReturnType<typeof Database.prototype.prepare<Row, P>>;

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

  override close(throwOnError?: boolean): void {
    for (const statement of this.#kept.values()) statement.finalize();
    this.#kept.clear();
    super.close(throwOnError);
  }
}
