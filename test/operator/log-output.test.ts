// The log's own troubles never reach the server: a full disk, a reader that has gone, one that does not read.
import { describe, expect, test } from 'bun:test';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canMount, emptyFolder, mounted, Started } from '../support/starting.ts';
import { freePort, serverCommand } from '../support/process.ts';
import { givenBinary } from '../support/operator.ts';

describe.skipIf(givenBinary === null)('with the binary', () => {
  const onUnix = test.skipIf(process.platform === 'win32' || !existsSync('/dev/full'));

  /** Calls the server until it answers; fails when the process has ended. */
  async function answers(server: Started, port: number): Promise<void> {
    for (;;) {
      if (server.process.exitCode !== null) throw new Error(`it ended: ${server.process.exitCode}`);
      const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => null);
      if (answer?.ok) return;
      await Bun.sleep(20);
    }
  }

  /** Lets the server write as many lines and more. */
  async function calls(port: number, count: number): Promise<void> {
    for (let n = 0; n < count; n += 100) {
      const some = Array.from({ length: 100 }, () =>
        fetch(`http://127.0.0.1:${port}/api/v1/${'x'.repeat(1000)}`).then((r) => r.text()),
      );
      await Promise.all(some);
    }
  }

  const settings = (port: number) => ({
    PORT: `${port}`,
    LOG_LEVEL: 'debug',
    RATE_LIMIT_PER_MINUTE: '0',
  });

  onUnix('a log on a full disk does not end the server', async () => {
    using home = emptyFolder();
    const port = await freePort();
    const full = openSync('/dev/full', 'w');
    await using server = new Started({ folder: home.path, settings: settings(port), log: full });
    closeSync(full);
    await answers(server, port);
    await calls(port, 200);
    await answers(server, port);
    expect((await server.end('SIGTERM')).status).toBe(0);
  });

  onUnix('a log whose reader has gone does not end the server', async () => {
    using home = emptyFolder();
    const port = await freePort();
    const before = ['bash', '-c', 'exec "$0" "$@" 2> >(head -n 1 >/dev/null)'];
    await using server = new Started({ folder: home.path, settings: settings(port), before });
    await answers(server, port);
    await calls(port, 500);
    await answers(server, port);
    expect((await server.end('SIGTERM')).status).toBe(0);
  });

  onUnix(
    'a log that nobody reads stops nothing and grows nothing; what was lost is told when it is read',
    async () => {
      using home = emptyFolder();
      const port = await freePort();
      const pipe = join(home.path, 'pipe');
      expect(Bun.spawnSync(['mkfifo', pipe]).exitCode).toBe(0);
      // Opened for both, so that opening does not wait for a reader.
      const end = openSync(pipe, 'r+');
      await using server = new Started({ folder: home.path, settings: settings(port), log: end });
      await answers(server, port);
      await calls(port, 3_000);
      const before_mib = server.memory_mib;
      await calls(port, 12_000);
      expect(server.memory_mib - before_mib).toBeLessThan(60);
      await answers(server, port);
      const reader = Bun.spawn(['cat', pipe], { stdout: 'pipe', stderr: 'ignore' });
      closeSync(end);
      await Bun.sleep(500);
      await calls(port, 100);
      expect((await server.end('SIGTERM')).status).toBe(0);
      const lines = (await new Response(reader.stdout).text()).split('\n');
      const told = lines.filter((line) => line.includes('lines of this log could not be written'));
      expect(told.length).toBeGreaterThanOrEqual(1);
      expect(told.length).toBeLessThan(5);
      expect(Number(/lines=(\d+)/.exec(told[0] ?? '')?.[1])).toBeGreaterThan(5_000);
      expect(lines.at(-2)).toContain('stopping');
    },
    60_000,
  );

  test.skipIf(process.platform !== 'linux')(
    'a terminal that is stopped stops nothing; what was lost is told when it goes on',
    async () => {
      using home = emptyFolder();
      const port = await freePort();
      let shown = '';
      const terminal = new Bun.Terminal({
        data: (_terminal, data) => {
          shown += Buffer.from(data).toString();
        },
      });
      const server = Bun.spawn(serverCommand(givenBinary), {
        cwd: home.path,
        env: { PATH: process.env['PATH'], LINK_PREVIEWS: 'off', ...settings(port) },
        terminal,
      });
      try {
        const lives = () => fetch(`http://127.0.0.1:${port}/health`).catch(() => null);
        while (!(await lives())?.ok) await Bun.sleep(20);
        terminal.write('\x13'); // Ctrl-S
        await calls(port, 1_000);
        expect((await lives())?.ok).toBe(true);
        terminal.write('\x11'); // Ctrl-Q
        await Bun.sleep(100);
        await calls(port, 100);
        expect(shown).toMatch(/lines of this log could not be written lines=\d{2,}/);
      } finally {
        server.kill('SIGKILL');
        await server.exited;
        terminal.close();
      }
    },
    60_000,
  );

  test.skipIf(!canMount)(
    'a disk that has room again gets a line that says how many were lost',
    async () => {
      using home = emptyFolder();
      const port = await freePort();
      mkdirSync(join(home.path, 'logs'));
      const script = `mount -t tmpfs -o size=32k tmpfs "$0" && exec 2>>"$0/log"`;
      await using server = new Started({
        folder: home.path,
        settings: settings(port),
        before: mounted(script, join(home.path, 'logs')),
      });
      await answers(server, port);
      await calls(port, 400);
      const inside = `/proc/${server.process.pid}/root${join(home.path, 'logs')}`;
      const log = readFileSync(`${inside}/log`, 'utf8');
      expect(log.length).toBeGreaterThan(20_000);
      // The file is emptied under the server, as log rotation does.
      Bun.spawnSync(['truncate', '-s', '0', `${inside}/log`]);
      await calls(port, 100);
      const after = readFileSync(`${inside}/log`, 'utf8');
      expect(after).toMatch(/lines of this log could not be written lines=\d{2,}/);
    },
  );
});
