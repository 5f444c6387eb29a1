import { expect, test } from 'bun:test';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ears } from '../support/ears.ts';
import { allIntents } from '../support/person.ts';
import { Household } from '../support/operator.ts';
import { ServerProcess, serverCommand } from '../support/process.ts';
import { emptyFolder, Started } from '../support/starting.ts';

const binary = process.env['ACCORD_BINARY'] ?? null;
const onBinary = test.skipIf(binary === null);
const name = (says: string) =>
  binary === null ? `${says} (skipped: ACCORD_BINARY names no binary)` : says;

const password = 'correct horse';

async function call(origin: string, method: string, path: string, token?: string, body?: object) {
  const response = await fetch(`${origin}${path}`, {
    method,
    headers: {
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const answer: any = await response.json();
  expect({ path, status: response.status, answer }).toMatchObject({ status: 200 });
  return answer.data ?? answer;
}

async function listen(url: string, token: string): Promise<Ears> {
  const ears = await Ears.open(url);
  ears.send(2, { token: `Bearer ${token}`, intents: allIntents });
  ears.ready = (await ears.hears('ready')).data;
  return ears;
}

onBinary(
  name('the binary serves from an empty folder, is killed, and brings back what was missed'),
  async () => {
    await using server = await ServerProcess.start(serverCommand(binary));
    const { origin } = server;
    const register = (username: string) =>
      call(origin, 'POST', '/api/v1/auth/register', undefined, { username, password });
    const alice = await register('alice');
    const bob = await register('bob');
    const space = await call(origin, 'POST', '/api/v1/spaces', alice.token, {
      name: 'Garden',
      public: true,
    });
    await call(origin, 'POST', `/api/v1/spaces/${space.slug}/join`, bob.token);
    const [general] = await call(origin, 'GET', `/api/v1/spaces/${space.id}/channels`, bob.token);
    const say = (token: string, content: string) =>
      call(origin, 'POST', `/api/v1/channels/${general.id}/messages`, token, { content });
    const alices = await listen(server.gateway, alice.token);
    const bobs = await listen(server.gateway, bob.token);
    await say(alice.token, 'hello');
    await bobs.hears('message.create', ({ content }) => content === 'hello');
    await say(bob.token, 'hi');
    await alices.hears('message.create', ({ content }) => content === 'hi');
    await bobs.hears('message.create', ({ content }) => content === 'hi');
    const { session_id } = bobs.ready;
    const { seq } = bobs;
    bobs.drop();
    await say(alice.token, 'are you there?');
    await server.end('SIGKILL');
    await server.start();
    await say(alice.token, 'back again');
    const again = await Ears.open(server.gateway);
    again.send(3, { token: `Bearer ${bob.token}`, session_id, seq });
    await again.hears('resumed');
    const missed = again.frames.filter(({ type }) => type === 'message.create');
    expect(missed.map(({ data }) => data['content'])).toEqual(['are you there?', 'back again']);
    again.close(1000);
    expect(await server.end('SIGTERM')).toBe(0);
  },
  60_000,
);

onBinary(name('the binary carries its documents and their page'), async () => {
  await using server = await ServerProcess.start(serverCommand(binary));
  const openapi = await call(server.origin, 'GET', '/api/v1/openapi.json');
  expect(openapi).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) });
  const asyncapi = await call(server.origin, 'GET', '/api/v1/asyncapi.json');
  expect(asyncapi).toMatchObject({ asyncapi: expect.stringMatching(/^3\./) });
  const page = await fetch(`${server.origin}/docs`);
  expect(page.status).toBe(200);
  const html = await page.text();
  const scripts = [...html.matchAll(/<script[^>]*src="([^"]+)"/g)].map(([, src]) => src ?? '');
  expect(scripts.length).toBeGreaterThan(0);
  for (const src of scripts) {
    const script = await fetch(new URL(src, `${server.origin}/docs`));
    expect({ src, status: script.status }).toEqual({ src, status: 200 });
    expect((await script.text()).length).toBeGreaterThan(1000);
  }
});

onBinary(name('the binary carries the list of common passwords'), async () => {
  await using server = await ServerProcess.start(serverCommand(binary));
  const register = async (given: string) => {
    const response = await fetch(`${server.origin}/api/v1/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'alice', password: given }),
    });
    const { error }: any = await response.json();
    return [response.status, error?.details?.password];
  };
  expect(await register('liverpool')).toEqual([400, 'is one of the most common ones']);
  expect(await register(password)).toEqual([200, undefined]);
});

onBinary(name('the binary says in one line what is wrong'), async () => {
  const run = (settings: Record<string, string>, ...words: string[]) => {
    const { exitCode, stderr } = Bun.spawnSync([binary ?? '', ...words], {
      env: { PATH: process.env['PATH'] ?? '', ...settings },
      stdout: 'pipe',
      stderr: 'pipe',
    });
    return { exitCode, lines: stderr.toString().trim().split('\n') };
  };
  const wrong = run({ PORT: 'abc' }, 'serve');
  expect(wrong.exitCode).toBe(1);
  expect(wrong.lines).toEqual(['accord: PORT is "abc"; expected a whole number from 0 to 65535.']);
  const unreadable = run({ DATABASE_URL: 'sqlite:/no/such/folder/a.db', PORT: '0' });
  expect(unreadable.exitCode).toBe(1);
  expect(unreadable.lines).toHaveLength(1);
  expect(unreadable.lines[0]).toContain('/no/such/folder/a.db');
  expect(existsSync('/no/such/folder')).toBe(false);
});

onBinary(
  name('the binary obeys and runs nothing of the folder that it is started in'),
  async () => {
    using home = emptyFolder();
    const put = (file: string, text: string) => writeFileSync(join(home.path, file), text);
    for (const file of ['.env', '.env.local', '.env.production', '.env.development']) {
      put(file, 'PORT=not-a-port\n');
    }
    const preload = 'preload = ["./other.ts", "./missing.ts"]\n[run]\npreload = ["./other.ts"]\n';
    for (const file of ['bunfig.toml', '.bunfig.toml']) put(file, preload);
    put('other.ts', 'require("node:fs").writeFileSync("ran", "");');
    put('tsconfig.json', '{ "compilerOptions": { "paths": { "*": ["./other.ts"] } } }');
    put(
      'package.json',
      '{ "name": "other", "imports": { "#*": "./other.ts" }, "main": "./other.ts" }',
    );
    mkdirSync(join(home.path, 'node_modules/zod'), { recursive: true });
    put('node_modules/zod/index.js', 'require("node:fs").writeFileSync("ran", "");');
    await using server = new Started({
      binary,
      folder: home.path,
      settings: { HOME: home.path, XDG_CONFIG_HOME: home.path },
    });
    await server.port();
    expect(existsSync(join(home.path, 'ran'))).toBe(false);
  },
);

onBinary(
  name('the binary backs up a server that runs, restores it after a kill, and checks it'),
  async () => {
    await using house = await Household.begin(binary);
    const sent = await house.sends('peas');
    await house.does('backup', 'backups/a day');
    await house.says('after the backup');
    expect(await house.isRefused('restore', 'backups/a day')).toContain(
      'served by another process',
    );
    await house.server.end('SIGKILL');
    await house.does('restore', 'backups/a day');
    await house.server.start();
    expect(await house.messages()).toEqual(['with a file']);
    expect(await house.file(sent)).toBe('peas');
    expect((await house.does('check')).at(-1)).toBe('All is well.');
  },
  60_000,
);
