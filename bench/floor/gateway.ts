// Floor of the gateway: sockets on one topic, a request that publishes, a log that is replayed.
import { Database } from 'bun:sqlite';
import { readFileSync } from 'node:fs';

const { FLOOR_FRAME } = process.env;
const frame = FLOOR_FRAME === undefined ? '' : readFileSync(FLOOR_FRAME, 'utf8');
const missed = Number(process.env.FLOOR_MISSED ?? 0);
const TOPIC = 'all';
const HELLO = '{"op":5,"data":{"heartbeat_interval":45000}}';
/** Sent with as many bytes as ours has. */
const filling = 'x'.repeat(Number(process.env.FLOOR_READY_BYTES ?? 0));
const READY = `{"op":0,"seq":1,"type":"ready","data":{"session_id":"1","filling":"${filling}"}}`;
const RESUMED = '{"op":0,"seq":1,"type":"resumed","data":{"session_id":"1","seq":1,"replayed":1}}';

const db = new Database('floor.db', { create: true });
db.run('PRAGMA journal_mode = WAL');
db.run('CREATE TABLE events (seq INTEGER PRIMARY KEY AUTOINCREMENT, bytes TEXT) STRICT');
const insert = db.prepare('INSERT INTO events (bytes) VALUES (?)');
db.transaction(() => {
  for (let n = 0; n < missed; n++) insert.run(frame);
})();
const selectBytes = db.prepare<[string], []>('SELECT bytes FROM events ORDER BY seq');

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.env.PORT),
  async fetch(request, server) {
    if (server.upgrade(request)) return undefined;
    await request.text();
    server.publish(TOPIC, frame);
    return Response.json({ data: null });
  },
  websocket: {
    backpressureLimit: 64 * 1024 * 1024,
    open: (ws) => void ws.send(HELLO),
    message(ws, text) {
      if (typeof text !== 'string') return;
      if (text.startsWith('{"op":1')) {
        ws.send('{"op":4}');
      } else if (text.startsWith('{"op":2')) {
        ws.subscribe(TOPIC);
        ws.send(READY);
      } else {
        ws.cork(() => {
          for (const [bytes] of selectBytes.values()) ws.send(String(bytes));
          ws.send(RESUMED);
        });
      }
    },
  },
});
server.ref();
