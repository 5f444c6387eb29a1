// Floor of a start: a bare server that answers one word, and nothing more.
Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.env.PORT),
  fetch: () => new Response('ok'),
});
