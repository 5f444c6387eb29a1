// Memory of a server that idles, and after many messages; what a message takes on the disk.
import { Database } from 'bun:sqlite';
import type { Measure, Subject } from '../contest';
import { sentences } from '../data/words';
import { buildRequest } from '../load/responses';
import { residentKb } from '../machine';
import type { Options } from '../options';
import type { Running } from '../processes';
import { formatNumber } from '../report';
import { settle } from '../settle';
import { databaseOf, postAll, startFloor, startOurs, startWorld } from '../target';

const ACCOUNTS = 8;
/** So many different texts are posted, again and again. */
const TEXTS = 5000;

export function memory(options: Options): Measure[] {
  const { posted, rest_ms } = options;
  const after = `after ${formatNumber(posted)} messages`;
  const less = { better: 'less', beside: 'two inserts' } as const;
  return [
    {
      rounds: 1,
      rows: [
        { figure: 'memory, idle', key: 'idle_mb', unit: 'MB', ...less, aim: { value: 55 } },
        { figure: `memory ${after}, at once`, key: 'early_mb', unit: 'MB', ...less },
        {
          figure: `memory ${after}, ${rest_ms / 1000} s later`,
          key: 'late_mb',
          unit: 'MB',
          ...less,
          aim: { value: 100 },
        },
        {
          figure: 'a message on the disk, with its indexes and its event',
          key: 'bytes',
          unit: 'bytes',
          ...less,
          aim: { value: 700 },
          note: ({ log_bytes = Number.NaN, text_bytes = Number.NaN }) =>
            `of it the event log ${formatNumber(log_bytes)}; the text has ${formatNumber(text_bytes)}`,
        },
      ],
      open(server) {
        const ours = posts(options, async () => {
          const { dir, tokens, messages, stop } = await startWorld(server, ACCOUNTS);
          await stop();
          const running = await startOurs(server, dir);
          return { running, tokens, path: messages, database: databaseOf(dir) };
        });
        const floor = posts(options, async () => {
          const running = await startFloor('messages.ts');
          return { running, tokens: [''], path: '/', database: `${running.dir}/floor.db` };
        });
        return Promise.resolve({
          ...ours,
          floors: { 'two inserts': () => Promise.resolve(floor) },
        });
      },
    },
  ];
}

interface Started {
  running: Running;
  tokens: readonly string[];
  path: string;
  database: string;
}

/** In each round a program has just started. */
function posts({ posted, rest_ms }: Options, start: () => Promise<Started>): Subject {
  return {
    async round() {
      const { running, tokens, path, database } = await start();
      const memoryNow = () => residentKb(running.pid) / 1024;
      await settle(running.pid);
      const idle_mb = memoryNow();
      const before = usedBytes(database);
      const texts = sentences(2);
      const contents = Array.from({ length: TEXTS }, () => texts.next().value);
      const requests = contents.map((content, n) =>
        buildRequest('POST', path, tokens[n % tokens.length] ?? '', { content }),
      );
      await postAll(running.port, requests, posted);
      const early_mb = memoryNow();
      await Bun.sleep(rest_ms);
      const late_mb = memoryNow();
      await settle(running.pid);
      await running.stop();
      const text_bytes = contents.join('').length / TEXTS;
      const bytes = (usedBytes(database) - before) / posted;
      return {
        idle_mb,
        early_mb,
        late_mb,
        bytes,
        log_bytes: bytesOfLog(database) / posted,
        text_bytes,
      };
    },
    stop: () => Promise.resolve(),
  };
}

/** The pages that a database uses, in bytes. */
function usedBytes(file: string): number {
  const db = new Database(file, { readonly: true });
  try {
    return countPages(db);
  } finally {
    db.close();
  }
}

function countPages(db: Database): number {
  const pragma = (name: string) =>
    Number(Object.values(db.query<Record<string, number>, []>(`PRAGMA ${name}`).get() ?? {})[0]);
  return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
}

/** What the event log has of them: what is free when its tables are gone. Nobody opens the file later. */
function bytesOfLog(file: string): number {
  const db = new Database(file);
  try {
    const before = countPages(db);
    const tables = db
      .query<{ name: string }, []>(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ('events', 'event_scopes')",
      )
      .all();
    db.run('PRAGMA foreign_keys = OFF');
    for (const { name } of tables) db.run(`DROP TABLE ${name}`);
    return before - countPages(db);
  } finally {
    db.close();
  }
}
