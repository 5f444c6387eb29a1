// Whether the event log holds what RESUME relies on.
import type { Db } from '../db/open.ts';
import { eventFrame } from '../events/event.ts';
import { rowSize } from '../events/log.ts';
import { newestKept } from '../events/numbers.ts';
import { features } from '../features.ts';
import { messageCreated } from '../features/talk/messages/events.ts';

const page = 20_000;

/** Stands for what the log keeps short: new messages. */
const short = eventFrame(messageCreated.type, 0, '{}');

/** An event of these audiences is always heard by somebody, so it has scopes. */
const scoped = new Set(
  features
    .flatMap(({ events }) => events)
    .filter(({ audience }) => ['channel', 'viewers', 'space', 'permission'].includes(audience))
    .map(({ type }) => type),
);

/**
 * Returns what is wrong, a line for each; none if all is well. `pause` runs between the pages of
 * events. The schema has to be the newest.
 */
export async function faultsOfLog(db: Db, pause: () => Promise<void>): Promise<string[]> {
  return [...numbers(db), ...sizes(db), ...(await scopes(db, pause))];
}

/** Numbers and what was kept of them are read by one statement: people may write meanwhile. */
function numbers(db: Db): string[] {
  const found: string[] = [];
  const newest = db.sqlite
    .rows({ seq: 'number?' }, 'SELECT max(seq) AS seq FROM events')
    .get()?.seq;
  // Read after it, since it only grows.
  const kept = newestKept(db);
  if ((newest ?? 0) > kept) {
    found.push(`event ${newest} has a number above the newest one that was kept, ${kept}`);
  }
  const starts = db.sqlite
    .rows(
      { first_seq: 'number', last_seq: 'number' },
      'SELECT first_seq, last_seq FROM event_starts ORDER BY first_seq',
    )
    .all();
  let before = 0;
  for (const { first_seq, last_seq } of starts) {
    if (last_seq < before || first_seq <= last_seq) {
      found.push(`the start of the server at number ${first_seq} is out of order`);
    }
    before = first_seq;
  }
  return found;
}

function sizes(db: Db): string[] {
  const row = db.sqlite
    .rows(
      { kept: 'number', counted: 'number' },
      `SELECT l.size_bytes AS kept, (SELECT coalesce(sum(${rowSize}), 0)
         FROM events e WHERE e.seq <= l.counted_seq) AS counted
         FROM event_log l WHERE l.id = 1`,
    )
    .get();
  const found: string[] = [];
  if (row !== null && row.kept !== row.counted) {
    found.push(`the event log says that it has ${row.kept} bytes, and has ${row.counted}`);
  }
  const wrong = db.sqlite.rows({ account_id: 'text' }, wrongShare).get();
  if (wrong !== null) {
    found.push(`the event log has more or less of account ${wrong.account_id} than it says`);
  }
  return found;
}

/** One of the accounts whose share is not what its events take. */
const wrongShare = `SELECT account_id FROM (
    SELECT e.account_id AS account_id, ${rowSize} AS size FROM events e
     WHERE e.account_id IS NOT NULL AND e.seq <= (SELECT counted_seq FROM event_log WHERE id = 1)
    UNION ALL SELECT account_id, -size_bytes FROM event_shares)
  GROUP BY account_id HAVING sum(size) <> 0 LIMIT 1`;

/** Rows of scopes without an event, and events that need scopes and have none. */
async function scopes(db: Db, pause: () => Promise<void>): Promise<string[]> {
  const orphans = db.sqlite.rows(
    { last: 'number?', orphan: 'number?' },
    `SELECT max(s.seq) AS last, min(iif(e.seq IS NULL, s.seq, NULL)) AS orphan
       FROM (SELECT seq FROM event_scopes WHERE seq > ? ORDER BY seq LIMIT ${page}) s
       LEFT JOIN events e ON e.seq = s.seq`,
  );
  const bare = db.sqlite.rows(
    { seq: 'number', frame: 'text?' },
    `SELECT e.seq AS seq, iif(EXISTS (SELECT 1 FROM event_scopes s WHERE s.seq = e.seq),
            NULL, iif(e.sent_bytes IS NULL, e.bytes, '${short}')) AS frame
       FROM events e WHERE e.seq > ? ORDER BY e.seq LIMIT ${page}`,
  );
  const found: string[] = [];
  for (let last: number | null = 0; last !== null;) {
    const slice = orphans.get(last);
    if (slice?.orphan) found.push(`event ${slice.orphan} is gone, and its scopes are not`);
    last = slice?.last ?? null;
    await pause();
  }
  for (let last = 0, more = true; more;) {
    const rows = bare.all(last);
    const mute = rows.filter(({ frame }) => frame !== null && scoped.has(typeOf(frame)));
    found.push(...mute.map(({ seq }) => `event ${seq} has no scope, so nobody is sent it`));
    last = rows.at(-1)?.seq ?? last;
    more = rows.length === page;
    await pause();
  }
  return found;
}

function typeOf(frame: string): string {
  try {
    const { type } = JSON.parse(frame) as { type?: unknown };
    return typeof type === 'string' ? type : '';
  } catch {
    return '';
  }
}
