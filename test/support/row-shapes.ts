// Holds each row of a statement written as SQL against the shape that the server names for it.
import { PlannedDatabase, type Shape } from '../../src/db/planned.ts';

/** What a column may hold, such as `text?`; a column of a table has to be read as it is kept. */
function kindOf(named: Shape[string]): string {
  if (named === undefined || typeof named === 'string') return named ?? 'nothing';
  if (named.dataType !== 'string' && named.dataType !== 'number') return 'nothing that is read raw';
  const kind = named.dataType === 'string' ? 'text' : 'number';
  return named.notNull ? kind : `${kind}?`;
}

function fits(value: unknown, kind: string): boolean {
  if (value === null) return kind.endsWith('?');
  return typeof value === (kind.startsWith('text') ? 'string' : kind.replace('?', ''));
}

/** What is wrong with a row of that shape; null for nothing. */
export function misfit(shape: Shape, row: object): string | null {
  const columns = Object.entries(row);
  const missing = Object.keys(shape).filter((name) => !(name in row));
  if (missing.length > 0) return `has no ${missing.join(', ')}`;
  for (const [name, value] of columns) {
    const named = shape[name];
    if (named === undefined) return `has ${name}, which nobody asks for`;
    if (!fits(value, kindOf(named))) return `has ${String(value)} as ${name}: ${kindOf(named)}`;
  }
  return null;
}

/** From now on a row that does not fit its shape is an error, in this process. */
export function holdRowsToShapes(): void {
  const { rows } = PlannedDatabase.prototype;
  PlannedDatabase.prototype.rows = function held(this: PlannedDatabase, shape: Shape, sql: string) {
    const statement: any = rows.call(this, shape, sql);
    const checked = (row: object | null) => {
      const wrong = row && misfit(shape, row);
      if (wrong) throw new Error(`A row ${wrong}; of: ${sql}`);
      return row;
    };
    return {
      get: (...bound: never[]) => checked(statement.get(...bound)),
      all: (...bound: never[]) => statement.all(...bound).map(checked),
    };
  } as typeof rows;
}
