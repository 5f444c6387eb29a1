// Floor of a durable message: a JSON body, two inserts, one commit for all that wait in this turn.
import { Database } from 'bun:sqlite';
import { readContent } from './content';

const MAX_BATCH = 256;

const db = new Database('floor.db', { create: true });
db.run('PRAGMA journal_mode = WAL');
db.run('PRAGMA synchronous = FULL');
db.run('CREATE TABLE messages (id TEXT PRIMARY KEY, channel_id TEXT, content TEXT) STRICT');
db.run('CREATE TABLE events (seq INTEGER PRIMARY KEY AUTOINCREMENT, bytes TEXT) STRICT');
const insertMessage = db.prepare('INSERT INTO messages VALUES (?, ?, ?)');
const insertEvent = db.prepare('INSERT INTO events (bytes) VALUES (?)');
const begin = db.prepare('BEGIN IMMEDIATE');
const commit = db.prepare('COMMIT');

interface Waiting {
  content: string;
  answer: (response: Response) => void;
}

let waiting: Waiting[] = [];
let lastId = 0;
const init = { headers: { 'Content-Type': 'application/json' } };

function runBatch(): void {
  const batch = waiting.slice(0, MAX_BATCH);
  waiting = waiting.slice(MAX_BATCH);
  if (waiting.length > 0) setImmediate(runBatch);
  const bodies: string[] = [];
  begin.run();
  for (const { content } of batch) {
    const id = String(10n ** 17n + BigInt(++lastId));
    const data = JSON.stringify({ id, channel_id: '1', content, timestamp: new Date() });
    insertMessage.run(id, '1', content);
    insertEvent.run(data);
    bodies.push(`{"data":${data}}`);
  }
  commit.run();
  batch.forEach(({ answer }, i) => answer(new Response(bodies[i], init)));
}

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.env.PORT),
  async fetch(request) {
    if (request.method === 'GET') return new Response('ok');
    const content = readContent(await request.json());
    return new Promise<Response>((answer) => {
      if (waiting.push({ content, answer }) === 1) setImmediate(runBatch);
    });
  },
});
