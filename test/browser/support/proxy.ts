// A proxy that shows a server below a path, sockets included, as an operator's nginx does.
const folder = '/chat';

interface Bridge {
  readonly to: string;
  readonly waiting: string[];
  server: WebSocket | null;
}

export class Proxy implements Disposable {
  readonly #proxy: Bun.Server<Bridge>;

  constructor(origin: string) {
    this.#proxy = Bun.serve<Bridge>({
      port: 0,
      hostname: '127.0.0.1',
      async fetch(request, proxy) {
        const { pathname, search } = new URL(request.url);
        // Nothing else is here: a request that forgets the path finds nothing.
        if (!pathname.startsWith(`${folder}/`)) return new Response('elsewhere', { status: 404 });
        const to = `${origin}${pathname.slice(folder.length)}${search}`;
        const data = { to: to.replace('http', 'ws'), waiting: [], server: null };
        if (request.headers.get('upgrade') === 'websocket' && proxy.upgrade(request, { data })) {
          return undefined;
        }
        const { method, headers } = request;
        const body = method === 'GET' ? undefined : await request.arrayBuffer();
        return fetch(to, { method, headers, body, redirect: 'manual', decompress: false });
      },
      websocket: {
        open(page) {
          const server = new WebSocket(page.data.to);
          page.data.server = server;
          server.addEventListener('open', () => {
            for (const text of page.data.waiting) server.send(text);
          });
          server.addEventListener('message', ({ data }) => page.send(String(data)));
          server.addEventListener('close', ({ code }) => page.close(code === 1006 ? 1001 : code));
        },
        message({ data: { server, waiting } }, text) {
          if (server?.readyState === WebSocket.OPEN) server.send(String(text));
          else waiting.push(String(text));
        },
        close({ data: { server } }) {
          server?.close();
        },
      },
    });
  }

  get address(): string {
    return `http://127.0.0.1:${this.#proxy.port}${folder}`;
  }

  [Symbol.dispose](): void {
    void this.#proxy.stop(true);
  }
}
