// How much the server holds: counted a slice at a time, and no more often than anybody needs to know.
import type { StateName } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import type { RowOf } from '../../../db/planned.ts';

const freshness_ms = 60_000;
const slice = 5_000;
/** Counting stops here, for each kind. */
const max = 1_000_000;

const kinds = {
  users: counter('users', 'id', 'NOT (bot OR system OR disabled)'),
  spaces: counter('live_spaces', 'id', 'TRUE'),
  channels: counter('live_channels', 'id', 'TRUE'),
  messages: counter('messages', 'n', 'TRUE'),
};

export type Census = Record<keyof typeof kinds, number>;

/** Counts those of the next rows that count, along the key of the table. */
function counter(table: string, key: 'id' | 'n', condition: string): string {
  // A number is bound as a text, too, and would come last as one.
  const after = key === 'n' ? 'cast(?1 AS integer)' : '?1';
  return `SELECT count(*) AS seen, sum(counts) AS counted, cast(max(row_key) AS text) AS last
    FROM (SELECT ${key} AS row_key, ${condition} AS counts FROM ${table}
           WHERE ${key} > ${after} ORDER BY ${key} LIMIT ${slice})`;
}

/** Answers the newest census; takes one where it is older than a minute. */
export const census: StateName<() => Promise<Census>> = {
  create({ db, clock }) {
    let newest: { at_ms: number; result: Promise<Census> } | null = null;
    return () => {
      const now = clock.now();
      if (newest === null || now - newest.at_ms >= freshness_ms) {
        const result = take(db);
        newest = { at_ms: now, result };
        // What failed is tried again by the next who asks; whoever asked now is told.
        result.catch(() => (newest = null));
      }
      return newest.result;
    };
  },
};

async function take(db: Db): Promise<Census> {
  return {
    users: await count(db, kinds.users),
    spaces: await count(db, kinds.spaces),
    channels: await count(db, kinds.channels),
    messages: await count(db, kinds.messages),
  };
}

const looked = { seen: 'number', counted: 'number?', last: 'text?' } as const;

async function count(db: Db, sql: string): Promise<number> {
  let total = 0;
  let after: string | null = '0';
  for (let seen = 0; after !== null && seen < max; seen += slice) {
    // Between slices everybody else has their turn.
    if (seen > 0) await Bun.sleep(1);
    const row: RowOf<typeof looked> | null = db.sqlite.rows(looked, sql).get(after);
    total += row?.counted ?? 0;
    after = row?.seen === slice ? row.last : null;
  }
  return total;
}
