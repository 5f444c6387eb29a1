// Floor of a message that is not kept: a JSON body is read, and a message is written out.
import { readContent } from './content';

const init = { headers: { 'Content-Type': 'application/json' } };
let lastId = 0;

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.env.PORT),
  async fetch(request) {
    if (request.method === 'GET') return new Response('ok');
    const content = readContent(await request.json());
    const id = String(10n ** 17n + BigInt(++lastId));
    const data = { id, channel_id: '1', content, timestamp: new Date() };
    return new Response(JSON.stringify({ data }), init);
  },
});
