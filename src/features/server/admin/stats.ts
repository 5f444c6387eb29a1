// Counts what the server holds and does: a slice at a time, at most once a minute for everybody.
import type { App, StateName } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import { databaseSize } from '../../../db/size.ts';
import { logState } from '../../../events/log.ts';
import { holdsOf } from '../../../gateway/holds.ts';
import { requestRate } from '../../../http/request-rate.ts';
import { epoch_ms } from '../../../lib/snowflake.ts';
import { timeOrNull } from '../../shapes.ts';
import { census, count, counter } from '../pages/census.ts';
import type { Stats } from './schema.ts';

const freshness_ms = 60_000;
const day_ms = 86_400_000;
const slice = 5_000;
/** Counting stops at so many rows, as the census does. */
const max = 1_000_000;

const recentMessages = counter('messages', 'n', 'space_id IS NOT NULL');
const inVoice = counter('voice_states', 'user_id', 'TRUE');

/** Resolves to the newest figures; takes new ones if they are older than a minute. */
export const stats: StateName<() => Promise<Stats>> = {
  create(app) {
    let newest: { at_ms: number; result: Promise<Stats> } | null = null;
    return () => {
      const now = app.clock.steady();
      if (newest === null || now - newest.at_ms >= freshness_ms) {
        const result = take(app);
        newest = { at_ms: now, result };
        // After a failure the next caller tries again.
        result.catch(() => (newest = null));
      }
      return newest.result;
    };
  },
};

async function take(app: App): Promise<Stats> {
  const { db, clock } = app;
  const { users, ...others } = await app.state(census)();
  const yesterday = BigInt(Math.max(0, clock.now() - day_ms - epoch_ms)) << 22n;
  const requests = app.state(requestRate);
  return {
    accounts: users,
    accounts_active_7d: await countActive(db, clock.now() - 7 * day_ms),
    ...others,
    messages_24h: await count(db, recentMessages, String(yesterday)),
    ...(await stored(db)),
    database_bytes: databaseSize(db),
    log: {
      events: await countEvents(db),
      bytes: logState(db).size_bytes,
      oldest_at: timeOrNull(oldestEvent(app)),
    },
    sessions: { live: app.hub.size, held: holdsOf(app).size },
    voice: { states: await count(db, inVoice, '') },
    requests_per_minute: requests.lastMinute(clock.steady()),
    uptime_s: Math.floor((clock.steady() - requests.since_ms) / 1_000),
    version: app.version.version,
  };
}

/** Runs slices one after the other, with pauses for others, until one returns false. */
async function slices(next: () => boolean): Promise<void> {
  for (let seen = 0; seen < max && next(); seen += slice) await Bun.sleep(1);
}

/** Counts the accounts that used a login since a time. */
async function countActive(db: Db, since_ms: number): Promise<number> {
  const active = new Set<string>();
  let from = { at: since_ms, user_id: '' };
  await slices(() => {
    const rows = db.sqlite
      .rows(
        { at: 'number', user_id: 'text' },
        `SELECT last_used_at AS at, user_id FROM logins WHERE (last_used_at, user_id) > (?, ?)
          ORDER BY last_used_at, user_id LIMIT ${slice}`,
      )
      .all(from.at, from.user_id);
    for (const { user_id } of rows) active.add(user_id);
    from = rows.at(-1) ?? from;
    return rows.length === slice;
  });
  return active.size;
}

/** Sums what accounts have uploaded: each attachment has an author. */
async function stored(db: Db): Promise<Pick<Stats, 'attachments' | 'storage_bytes'>> {
  let [attachments, storage_bytes, after] = [0, 0, ''];
  await slices(() => {
    const row = db.sqlite
      .rows(
        { seen: 'number', files: 'number?', bytes: 'number?', last: 'text?' },
        `SELECT count(*) AS seen, sum(files) AS files, sum(bytes) AS bytes, max(id) AS last FROM
           (SELECT id, files, bytes FROM storage_sums WHERE kind = 'account' AND id > ?
             ORDER BY id LIMIT ${slice})`,
      )
      .get(after);
    attachments += row?.files ?? 0;
    storage_bytes += row?.bytes ?? 0;
    after = row?.last ?? after;
    return row?.seen === slice;
  });
  return { attachments, storage_bytes };
}

/** Counts events by their scopes, an index that is far smaller than they are. */
async function countEvents(db: Db): Promise<number> {
  let [events, after] = [0, -1];
  await slices(() => {
    const row = db.sqlite
      .rows(
        { seen: 'number', events: 'number', last: 'number?' },
        `SELECT count(*) AS seen, count(DISTINCT seq) AS events, max(seq) AS last FROM
           (SELECT seq FROM event_scopes WHERE seq > ? ORDER BY seq LIMIT ${slice})`,
      )
      .get(after);
    events += row?.events ?? 0;
    after = row?.last ?? after;
    return row?.seen === slice;
  });
  return events;
}

/** Returns when the oldest event in the log was told, in Unix milliseconds. */
function oldestEvent({ db, clock }: App): number | null {
  const row = db.sqlite
    .rows({ at: 'number' }, 'SELECT at FROM events WHERE seq > 0 ORDER BY seq LIMIT 1')
    .get();
  return row === null ? null : clock.now() - (clock.steady() - row.at);
}
