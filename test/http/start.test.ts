// Starting a process: a port that is taken, and what the log says of a request.
import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { freePort, serverCommand } from '../support/process.ts';

/** A server process in an empty folder, on a port that may be taken. */
function begin(port: number, level: string, folder = mkdtempSync(join(tmpdir(), 'accord-start-'))) {
  const started = Bun.spawn(serverCommand(null), {
    env: {
      PATH: process.env['PATH'],
      PORT: `${port}`,
      ACCORD_BIND: '127.0.0.1',
      LOG_LEVEL: level,
      LOG_FORMAT: 'json',
    },
    cwd: folder,
    stdout: 'ignore',
    stderr: 'pipe',
  });
  return {
    process: started,
    says: new Response(started.stderr).text(),
    async [Symbol.asyncDispose]() {
      started.kill('SIGKILL');
      await started.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Until the server answers; whether it does. */
async function answers(port: number, { exited }: { exited: Promise<unknown> }): Promise<boolean> {
  let isOver = false;
  void exited.then(() => (isOver = true));
  while (!isOver) {
    const health = await fetch(`http://127.0.0.1:${port}/health`).catch(() => null);
    if (health?.ok) return true;
    await Bun.sleep(20);
  }
  return false;
}

test('a second server on the same database is refused in one line, until the first has ended', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'accord-start-'));
  const ports = [await freePort(), await freePort(), await freePort()] as const;
  await using first = begin(ports[0], 'silent', folder);
  expect(await answers(ports[0], first.process)).toBe(true);
  await using second = begin(ports[1], 'silent', folder);
  expect(await second.process.exited).toBe(1);
  expect(await second.says).toMatch(
    /^accord: The database "accord.db" is served by another[^\n]*\n$/,
  );
  // SQLite's own tools may read it meanwhile.
  using copy = new Database(join(folder, 'accord.db'), { readonly: true });
  expect(copy.query('SELECT count(*) AS n FROM spaces').get()).toEqual({ n: 1 });
  first.process.kill('SIGKILL');
  await first.process.exited;
  await using third = begin(ports[2], 'silent', folder);
  expect(await answers(ports[2], third.process)).toBe(true);
});

test('a port that is taken ends the start with one line that names it', async () => {
  using taken = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() });
  const folder = mkdtempSync(join(tmpdir(), 'accord-start-'));
  await using late = begin(taken.port ?? 0, 'silent', folder);
  expect(await late.process.exited).toBe(1);
  // Whose database it is, and in which version, is not known: it is neither made nor migrated.
  expect(existsSync(join(folder, 'accord.db'))).toBe(false);
  const lines = (await late.says).split('\n');
  expect(lines).toEqual([
    expect.stringMatching(new RegExp(`^accord: .* 127.0.0.1:${taken.port}: .*[a-z0-9][.?]$`)),
    '',
  ]);
});

test.each(['error', 'silent'])(
  'with the log at %s, the start says by which invite people come in and how to administer, unless it is to say nothing',
  async (level) => {
    const port = await freePort();
    await using server = begin(port, level);
    const health = () => fetch(`http://127.0.0.1:${port}/health`).catch(() => null);
    while ((await health()) === null && server.process.exitCode === null) await Bun.sleep(20);
    server.process.kill('SIGTERM');
    expect(await server.process.exited).toBe(0);
    const lines = (await server.says).split('\n').filter((line) => line !== '');
    // That a database was made, by which invite people come in, and how somebody comes to administer.
    expect(lines).toHaveLength(level === 'silent' ? 0 : 4);
    for (const line of lines) {
      const { code = '', page, link } = JSON.parse(line).properties;
      expect(code).toMatch(/^[A-Za-z0-9]*$/);
      if (page !== undefined) expect(page).toBe(`/invite/${code}`);
      if (link !== undefined) expect(link).toEndWith(`?invite=${code}`);
    }
  },
  30_000,
);

test('the log names each request as its answer does, and holds no secret', async () => {
  const port = await freePort();
  await using server = begin(port, 'debug');
  const register = () =>
    fetch(`http://127.0.0.1:${port}/api/v1/auth/register`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ username: 'anna', password: 'correct horse' }),
    }).catch(() => null);
  let answer = await register();
  for (; answer === null && server.process.exitCode === null; answer = await register()) {
    await Bun.sleep(20);
  }
  if (answer === null) throw new Error(`the server did not start: ${await server.says}`);
  expect(answer.status).toBe(200);
  const { data } = z.object({ data: z.object({ token: z.string() }) }).parse(await answer.json());
  server.process.kill('SIGTERM');
  expect(await server.process.exited).toBe(0);

  const log = await server.says;
  const named = answer.headers.get('X-Request-Id');
  const entries = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(entries.filter(({ properties }) => properties.request_id === named)).toEqual([
    expect.objectContaining({
      message: 'request',
      properties: expect.objectContaining({ path: '/api/v1/auth/register', status: 200 }),
    }),
  ]);
  expect(log).not.toContain('correct horse');
  expect(log).not.toContain(data.token);
});
