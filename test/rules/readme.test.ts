import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { Ears } from '../support/ears.ts';
import { Household } from '../support/operator.ts';
import { patience_ms } from '../support/patience.ts';
import { ServerProcess, serverCommand } from '../support/process.ts';

const readme = await Bun.file(join(import.meta.dir, '../../README.md')).text();

/** The code between the markers of that name, with the server's address in it. */
function code(name: string, port: number): string {
  const found = new RegExp(`<!-- ${name} -->\\n\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``).exec(readme);
  if (found?.[1] === undefined) throw new Error(`the README has no part "${name}"`);
  return found[1].replaceAll('localhost:39099', `127.0.0.1:${port}`);
}

/** Collects the lines that a process writes, until it ends. */
async function collect(output: ReadableStream<Uint8Array>, lines: string[]): Promise<void> {
  const decoder = new TextDecoder();
  for await (const bytes of output) {
    const text = decoder.decode(bytes, { stream: true });
    lines.push(...text.split('\n').filter((line) => line !== ''));
  }
}

/** Waits until one of the lines fits. */
async function heardOne(lines: readonly string[], fits: (line: string) => boolean): Promise<void> {
  const end = Date.now() + patience_ms;
  while (!lines.some(fits)) {
    if (Date.now() > end) throw new Error(`waited in vain; heard: ${lines.join(' | ')}`);
    await Bun.sleep(10);
  }
}

const withCurl = test.skipIf(Bun.which('curl') === null);

withCurl(
  `the README's walk through works as it stands, and its listener survives a kill${
    Bun.which('curl') === null ? ' (skipped: there is no curl)' : ''
  }`,
  async () => {
    await using server = await ServerProcess.start(serverCommand(null));
    const speak = 'post "/channels/$channel/messages" "$anna" ';
    const shell = (script: string) =>
      Bun.spawn(['bash', '-euo', 'pipefail', '-c', script], { stdout: 'pipe', stderr: 'inherit' });
    const walk = code('walkthrough', server.port);
    const first = shell(`${walk}\necho "bob=$bob anna=$anna channel=$channel"`);
    const output = await new Response(first.stdout).text();
    expect(await first.exited).toBe(0);
    expect(output).toContain('"content":"Hello Bob"');
    expect(output).toContain('"content":"Hello Anna"');
    const keys = /bob=(\w+) anna=(\w+) channel=(\d+)/.exec(output);
    const [, bob = '', anna = '', channel = ''] = keys ?? [];
    const file = join(server.folder, 'listen.ts');
    await Bun.write(file, code('listen', server.port));
    const listener = Bun.spawn([process.execPath, file, bob], { stdout: 'pipe' });
    try {
      const heard: string[] = [];
      const collecting = collect(listener.stdout, heard);
      collecting.catch(() => {});
      const helpers = walk.split('\n').slice(0, 3).join('\n');
      const say = async (content: string) => {
        const body = JSON.stringify({ content });
        const said = shell(`${helpers}\nanna=${anna} channel=${channel}\n${speak}'${body}'`);
        expect(await said.exited).toBe(0);
      };
      // The listener has identified once it hears something.
      let spoken = 0;
      while (heard.length === 0) {
        spoken += 1;
        await say(`ping ${spoken}`);
        await Bun.sleep(200);
        if (spoken > 50) throw new Error('the listener hears nothing');
      }
      await heardOne(heard, (line) => line.endsWith(`ping ${spoken}`));
      await server.end('SIGKILL');
      await server.start();
      await say('while you were away');
      await heardOne(heard, (line) => line.startsWith('resumed'));
      await heardOne(heard, (line) => line.endsWith('while you were away'));
      expect(heard.filter((line) => line.endsWith('while you were away'))).toHaveLength(1);
    } finally {
      listener.kill();
      await listener.exited;
    }
  },
  60_000,
);

/** The commands in backticks of one entry of the README, such as `accord check`. */
function commandsOf(entry: string): string[] {
  const [, text = ''] = readme.split(`* **${entry}** with `);
  return [...(text.split('\n* ')[0] ?? '').matchAll(/`(accord [^`]*)`/g)].map(
    ([, command]) => command ?? '',
  );
}

test("the README's commands bring a killed server back to its backup; clients resume or begin anew", async () => {
  await using house = await Household.begin();
  const main = join(import.meta.dir, '../../src/main.ts');
  const operate = async (entry: string) => {
    const [command = ''] = commandsOf(entry);
    const script = `accord() { "$BUN" "$MAIN" "$@"; }; ${command}`;
    const ran = Bun.spawn(['bash', '-euc', script], {
      cwd: house.folder,
      env: { PATH: process.env['PATH'] ?? '', BUN: process.execPath, MAIN: main },
      stdout: 'pipe',
      stderr: 'inherit',
    });
    const says = await new Response(ran.stdout).text();
    expect({ entry, status: await ran.exited }).toEqual({ entry, status: 0 });
    return says;
  };
  const token = `Bearer ${house.token}`;
  const listens = async () => {
    const ears = await Ears.open(house.server.gateway);
    ears.send(2, { token, intents: ['spaces', 'messages', 'message_content'] });
    ears.ready = (await ears.hears('ready')).data;
    return ears;
  };
  const resumes = async ({ ready, seq }: Pick<Ears, 'ready' | 'seq'>) => {
    const ears = await Ears.open(house.server.gateway);
    ears.send(3, { token, session_id: ready['session_id'], seq });
    const answer = await ears.frame(({ op, type }) => op === 7 || type === 'resumed', 'an answer');
    ears.drop();
    return answer.op === 7 ? 'begins anew' : 'resumed';
  };
  const [early, late] = [await listens(), await listens()];
  const sent = await house.sends('before the backup');
  await early.hears('message.create');
  const atBackup = { ready: early.ready, seq: early.seq };
  early.drop();
  let isOver = false;
  const writing = (async () => {
    for (let n = 0; !isOver; n += 1) await house.says(`after ${n}`);
  })();
  expect(await operate('Back up')).toContain('is done');
  isOver = true;
  await writing;
  await house.says('the last');
  await late.hears('message.create', ({ content }) => content === 'the last');
  await house.server.end('SIGKILL');

  await operate('Restore');
  await house.server.start();
  expect(await house.messages()).not.toContain('the last');
  expect(await house.file(sent)).toBe('before the backup');
  expect(await resumes(atBackup)).toBe('resumed');
  expect(await resumes(late)).toBe('begins anew');
  expect(await operate('Check')).toContain('All is well.');
}, 60_000);
