// What a message costs in spaces of 10, 1,000 and 10,000 members who all have read states.
import { Database } from 'bun:sqlite';
import { join } from 'node:path';
import { buildRequest } from '../load/responses';
import { runHttp } from '../loaders';
import type { Options } from '../options';
import type { Row } from '../report';
import { messageRequests, startOurs, startWorld, type World } from '../target';

const MEMBERS = [10, 1_000, 10_000];
const ACCOUNTS = 8;
const CONNECTIONS = 16;

export async function measureReaders(options: Options): Promise<Row[]> {
  const rows: Row[] = [];
  for (const members of MEMBERS) {
    const world = await startWorld(options.server, ACCOUNTS);
    // The members are written into its file; over HTTP, each would cost a hash.
    await world.stop();
    addReaders(world, members - ACCOUNTS);
    const running = await startOurs(options.server, world.dir);
    const [token = ''] = world.tokens;
    const content = '@everyone, and above all @bench_1, @bench_2 and @bench_3';
    const loads = {
      plain: messageRequests(world),
      'with mentions': [buildRequest('POST', world.messages, token, { content })],
    };
    for (const [kind, requests] of Object.entries(loads)) {
      const { server_cpu_us, per_second, p50_ms } = await runHttp({
        port: running.port,
        pid: running.pid,
        connections: CONNECTIONS,
        requests,
        warmup_ms: options.warmup_ms,
        window_ms: options.window_ms,
      });
      rows.push({
        figure: `message ${kind}, ${members} members with read states`,
        ours: server_cpu_us,
        unit: 'us CPU',
        better: 'less',
        note: `${Math.round(per_second)}/s, p50 ${p50_ms.toFixed(2)} ms`,
      });
    }
    await running.stop();
  }
  return rows;
}

/** Writes accounts that are members of the space and have read its channel, while no server runs. */
function addReaders({ dir, messages }: World, count: number): void {
  const channel_id = messages.split('/').at(-2) ?? '';
  const db = new Database(join(dir, 'accord.db'));
  db.run('PRAGMA wal_autocheckpoint = 0');
  const numbers = `WITH RECURSIVE numbers(i) AS (
    SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < ${count})`;
  db.run('BEGIN');
  if (count > 0) {
    db.run(`INSERT INTO users (id, username, created_at)
      ${numbers} SELECT cast(1000000 + i AS text), 'reader_' || i, 0 FROM numbers`);
    db.run(
      `INSERT INTO members (space_id, user_id, joined_at)
       ${numbers} SELECT c.space_id, cast(1000000 + i AS text), 0 FROM numbers
         JOIN channels c ON c.id = ?`,
      [channel_id],
    );
  }
  db.run(
    `INSERT INTO read_states (user_id, channel_id, read_n)
     SELECT m.user_id, c.id, coalesce(cast(c.last_message_id AS integer), 1) FROM channels c
       JOIN members m ON m.space_id = c.space_id WHERE c.id = ?`,
    [channel_id],
  );
  db.run('COMMIT');
  db.close();
}
