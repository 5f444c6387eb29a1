// Counts what the server holds, a slice at a time and at most once a minute.
import type { StateName } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import type { RowOf } from '../../../db/planned.ts';

const freshness_ms = 60_000;
const slice = 5_000;
/** Counting stops at this number of rows of each kind. */
const max = 1_000_000;

const kinds = {
  users: counter('users', 'id', 'NOT (bot OR system OR disabled)'),
  spaces: counter('live_spaces', 'id', 'TRUE'),
  // Without conversations: strangers must not see when two people open one, or how much they write.
  channels: counter('live_channels', 'id', 'space_id IS NOT NULL'),
  messages: counter('messages', 'n', 'space_id IS NOT NULL'),
};

export type Census = Record<keyof typeof kinds, number>;

/** Returns SQL that counts the rows that meet the condition, in the next slice along the table's key. */
export function counter(table: string, key: 'id' | 'n' | 'user_id', condition: string): string {
  // Numbers are bound as text, too, and text is greater than any number.
  const after = key === 'n' ? 'cast(?1 AS integer)' : '?1';
  return `SELECT count(*) AS seen, sum(counts) AS counted, cast(max(row_key) AS text) AS last
    FROM (SELECT ${key} AS row_key, ${condition} AS counts FROM ${table}
           WHERE ${key} > ${after} ORDER BY ${key} LIMIT ${slice})`;
}

/** Resolves to the newest census; takes one if that is older than a minute. */
export const census: StateName<() => Promise<Census>> = {
  create({ db, clock }) {
    let newest: { at_ms: number; result: Promise<Census> } | null = null;
    return () => {
      const now = clock.steady();
      if (newest === null || now - newest.at_ms >= freshness_ms) {
        const result = take(db);
        newest = { at_ms: now, result };
        // After a failure the next caller tries again; callers of this census get the error.
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

/** Counts by SQL from `counter`, what has keys above `from`. */
export async function count(db: Db, sql: string, from = '0'): Promise<number> {
  let total = 0;
  let after: string | null = from;
  for (let seen = 0; after !== null && seen < max; seen += slice) {
    // Lets others have their turn between slices.
    if (seen > 0) await Bun.sleep(1);
    const row: RowOf<typeof looked> | null = db.sqlite.rows(looked, sql).get(after);
    total += row?.counted ?? 0;
    after = row?.seen === slice ? row.last : null;
  }
  return total;
}
