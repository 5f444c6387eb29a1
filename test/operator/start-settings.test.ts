// Starting with settings and words that are wrong, ignored or misspelt, and the address that is listened on.
import { describe, expect, spyOn, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { closedDoor, listen, ListenError } from '../../src/listen.ts';
import { testConfig } from '../support/server.ts';
import { emptyFolder, refusalOf, Started } from '../support/starting.ts';
import { givenBinary } from '../support/operator.ts';

describe.skipIf(givenBinary === null)('with the binary', () => {
  test('misspelt settings and an ignored DATABASE_URL are told at the start, a line each, whatever the level', async () => {
    using home = emptyFolder();
    using other = emptyFolder();
    await using server = new Started({
      folder: other.path,
      words: ['--data-dir', home.path],
      settings: {
        LOG_LEVEL: 'debug',
        DATABASE_URL: 'sqlite::memory:',
        RATE_LIMIT_PER_MIN: 'a secret',
      },
    });
    await server.port();
    await server.end('SIGTERM');
    await using quiet = new Started({
      folder: home.path,
      settings: { LOG_LEVEL: 'error', RATE_LIMIT_PER_MIN: 'a secret', ACORD_BIND: '::1' },
    });
    while (!quiet.log.includes('ACORD_BIND')) await Bun.sleep(10);
    for (const { log } of [server, quiet]) {
      const told = log.split('\n').filter((line) => line.includes('RATE_LIMIT_PER_MIN '));
      expect(told).toEqual([expect.stringContaining('did you mean RATE_LIMIT_PER_MINUTE?')]);
      expect(log).not.toContain('a secret');
    }
    expect(server.log).toContain('DATABASE_URL names another file and is ignored');
    expect(existsSync(join(home.path, 'accord.db'))).toBe(true);
    expect(existsSync(join(other.path, 'accord.db'))).toBe(false);
  }, 30_000);

  test('words that are no command, no option, twice, or without their value are refused in one line', async () => {
    using home = emptyFolder();
    const wrong: [string[], string][] = [
      [['--prot', '1'], '"--prot" is no option (did you mean --port?)'],
      [['--port'], '--port needs a value'],
      [['--port='], '--port needs a value'],
      [['--bind', ''], '--bind needs a value'],
      [['--data-dir', '--port', '1'], '--data-dir needs a value'],
      [['--port', '1', '--port=2'], '--port is given twice'],
      [['now'], '"now" is one word too many'],
      [['--data-dir', '/dev/null'], '"/dev/null" of --data-dir cannot be made'],
      [['--bind', '192.0.2.1'], 'Cannot listen on 192.0.2.1:0: this machine has no such address'],
      [['--bind', 'no.such.name.invalid'], 'Cannot listen on no.such.name.invalid:0: '],
    ];
    for (const [words, says] of wrong) {
      expect(await refusalOf({ folder: home.path, words })).toContain(says);
    }
  }, 60_000);

  const has6 = Object.values(networkInterfaces()).some((all) =>
    all?.some(({ address }) => address === '::1'),
  );

  test.skipIf(!has6)('without an address to bind, IPv4 and IPv6 are served', async () => {
    using home = emptyFolder();
    await using server = new Started({ folder: home.path });
    const port = await server.port();
    for (const host of ['127.0.0.1', '[::1]']) {
      expect((await fetch(`http://${host}:${port}/health`)).status).toBe(200);
    }
  });

  test.skipIf(!has6)('an IPv4 client of the IPv6 socket is the address that it is', async () => {
    using home = emptyFolder();
    await using server = new Started({
      folder: home.path,
      settings: { TRUSTED_PROXIES: '127.0.0.1', MAX_SOCKETS_PER_ADDRESS: '1' },
    });
    const port = await server.port();
    const opened = async (forwarded: string) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, {
        headers: { 'X-Forwarded-For': forwarded },
      });
      return new Promise<boolean>((resolve) => {
        socket.addEventListener('open', () => resolve(true));
        socket.addEventListener('error', () => resolve(false));
      });
    };
    // The proxy is believed, and each client counts for itself, however its address is written.
    expect(await opened('203.0.113.1')).toBe(true);
    expect(await opened('203.0.113.2')).toBe(true);
    expect(await opened('::ffff:203.0.113.1')).toBe(false);
  });

  test('where IPv6 cannot be bound, IPv4 is served alone, unless an address was set or the port is taken', async () => {
    const serve = Bun.serve;
    let code = 'EAFNOSUPPORT';
    const without6 = spyOn(Bun, 'serve').mockImplementation(((options: { hostname: string }) => {
      if (options.hostname === '::') throw Object.assign(new Error('no'), { code });
      return serve(options as never);
    }) as never);
    try {
      const unset = testConfig({ ACCORD_BIND: '' });
      const server = listen(unset, closedDoor());
      expect(server.hostname).toBe('0.0.0.0');
      await server.stop(true);
      expect(() => listen(testConfig({ ACCORD_BIND: '::' }), closedDoor())).toThrow(ListenError);
      code = 'EADDRINUSE';
      expect(() => listen(unset, closedDoor())).toThrow('the port is in use');
    } finally {
      without6.mockRestore();
    }
  });

  const hasLimits = process.platform === 'linux';
  test.skipIf(!hasLimits)(
    'few open files are told at the start, and enough are not',
    async () => {
      for (const [limit, lines] of [
        [512, 1],
        [4095, 1],
        [4096, 0],
      ] as const) {
        using home = emptyFolder();
        const before = ['sh', '-c', `ulimit -n ${limit} && exec "$0" "$@"`];
        await using server = new Started({ folder: home.path, before });
        await server.port();
        const told = server.log.split('\n').filter((line) => line.includes('open files'));
        expect(told).toHaveLength(lines);
        for (const line of told) {
          const [, sockets] = /about (\d+) sockets fit/.exec(line) ?? [];
          expect(Number(sockets)).toBeGreaterThan(limit / 2);
          expect(Number(sockets)).toBeLessThan(limit);
        }
      }
    },
    30_000,
  );
});
