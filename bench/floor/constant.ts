// Floor of a read: a bare server that answers the bytes of a file, whatever is asked.
import { readFileSync } from 'node:fs';

const body = readFileSync(process.env.FLOOR_BODY ?? '', 'utf8');
const init = { headers: { 'Content-Type': 'application/json' } };

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.env.PORT),
  fetch: () => new Response(body, init),
});
