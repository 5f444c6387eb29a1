import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { patience_ms } from '../support/patience.ts';
import { serverCommand, ServerProcess } from '../support/process.ts';

const bot_path = join(import.meta.dir, '../../examples/ping-bot/main.ts');

/** Somebody who calls the REST surface of a server that is a process. */
class Caller {
  readonly #server: ServerProcess;
  authorization = '';

  constructor(server: ServerProcess) {
    this.#server = server;
  }

  async does(method: string, path: string, body?: object): Promise<any> {
    const reply = await fetch(`${this.#server.origin}/api/v1${path}`, {
      method,
      headers: { authorization: this.authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const parsed: any = await reply.json();
    expect({ path, status: reply.status, error: parsed.error }).toEqual({
      path,
      status: 200,
      error: undefined,
    });
    return parsed.data;
  }
}

interface Stage {
  server: ServerProcess;
  anna: Caller;
  channel_id: string;
  token: string;
}

/** A server, somebody in a space, and a bot that has joined it. */
async function stage(server: ServerProcess): Promise<Stage> {
  const anna = new Caller(server);
  const credentials = { username: 'anna', password: 'correct horse' };
  const { token } = await anna.does('POST', '/auth/register', credentials);
  anna.authorization = `Bearer ${token}`;
  const space = await anna.does('POST', '/spaces', { name: 'Lab', public: true });
  const [channel] = await anna.does('GET', `/spaces/${space.id}/channels`);
  const made = await anna.does('POST', '/applications', { name: 'Ping' });
  const bot = new Caller(server);
  bot.authorization = `Bot ${made.token}`;
  await bot.does('POST', `/spaces/${space.id}/join`);
  return { server, anna, channel_id: channel.id, token: made.token };
}

class BotProcess implements AsyncDisposable {
  readonly #process: Bun.Subprocess<'ignore', 'pipe', 'inherit'>;
  readonly #output: AsyncIterator<Uint8Array>;
  #said = '';

  constructor({ server, token }: Stage) {
    this.#process = Bun.spawn([process.execPath, bot_path], {
      cwd: server.folder,
      env: { PATH: process.env['PATH'] ?? '', ACCORD_URL: server.origin, ACCORD_TOKEN: token },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'inherit',
    });
    this.#output = this.#process.stdout.values();
  }

  /** Waits until it has printed that since it was asked last. */
  async says(word: string): Promise<void> {
    while (!this.#said.includes(word)) {
      const { done, value } = await this.#output.next();
      if (done) throw new Error(`the bot ended before it said ${word}: ${this.#said}`);
      this.#said += new TextDecoder().decode(value);
    }
    this.#said = this.#said.slice(this.#said.indexOf(word) + word.length);
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#process.kill(signal);
    await this.#process.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
  }
}

async function ping({ anna, channel_id }: Stage): Promise<string> {
  return (await anna.does('POST', `/channels/${channel_id}/messages`, { content: '!ping' })).id;
}

/** How often each command was answered, once the last of them is. */
async function answers({ anna, channel_id }: Stage, ids: readonly string[]): Promise<number[]> {
  const until = Date.now() + patience_ms;
  for (;;) {
    const page = await anna.does('GET', `/channels/${channel_id}/messages?limit=100`);
    const counts = ids.map(
      (id) => page.filter((m: any) => m.reply_to === id && m.content === 'pong').length,
    );
    // The bot takes one after the other: with the last one all before it are done.
    if ((counts.at(-1) ?? 0) > 0 || Date.now() > until) return counts;
    await Bun.sleep(20);
  }
}

test(
  'the bot answers every command once, however often the server is killed',
  async () => {
    await using server = await ServerProcess.start(serverCommand(null));
    const here = await stage(server);
    await using bot = new BotProcess(here);
    await bot.says('ready');
    const ids = [await ping(here)];
    expect(await answers(here, ids)).toEqual([1]);
    for (let round = 0; round < 3; round += 1) {
      // One right before the end, which the bot may not have heard, nor its answer been kept …
      ids.push(await ping(here));
      await server.end(round === 2 ? 'SIGTERM' : 'SIGKILL');
      await server.start();
      // … and two right after the start, most likely before the bot is back.
      ids.push(await ping(here), await ping(here));
      await bot.says('resumed');
    }
    ids.push(await ping(here));
    expect(await answers(here, ids)).toEqual(ids.map(() => 1));
  },
  patience_ms * 3,
);

test(
  'the bot answers what was asked while it was not running itself',
  async () => {
    await using server = await ServerProcess.start(serverCommand(null));
    const here = await stage(server);
    const ids: string[] = [];
    {
      await using bot = new BotProcess(here);
      await bot.says('ready');
      ids.push(await ping(here));
      expect(await answers(here, ids)).toEqual([1]);
      await bot.end('SIGTERM');
    }
    ids.push(await ping(here));
    {
      await using bot = new BotProcess(here);
      await bot.says('resumed');
      ids.push(await ping(here));
      expect(await answers(here, ids)).toEqual([1, 1, 1]);
      await bot.end('SIGKILL');
    }
    ids.push(await ping(here), await ping(here));
    await server.end('SIGKILL');
    await server.start();
    await using bot = new BotProcess(here);
    await bot.says('resumed');
    ids.push(await ping(here));
    expect(await answers(here, ids)).toEqual(ids.map(() => 1));
  },
  patience_ms * 3,
);

test('the bot ends with one clear line when its token is wrong or missing', async () => {
  await using server = await ServerProcess.start(serverCommand(null));
  for (const token of ['', '0'.repeat(64)]) {
    const bot = Bun.spawn([process.execPath, bot_path], {
      cwd: server.folder,
      env: { PATH: process.env['PATH'] ?? '', ACCORD_URL: server.origin, ACCORD_TOKEN: token },
      stdout: 'pipe',
      stderr: 'pipe',
    });
    expect(await bot.exited).toBe(1);
    const lines = (await new Response(bot.stderr).text()).trim().split('\n');
    expect(lines).toEqual([expect.stringMatching(/^ping-bot: .*token/i)]);
  }
});
