import { afterAll, beforeAll, expect } from 'bun:test';
import { liveKitBinary, LiveKitProcess, liveTest } from '../support/livekit.ts';
import { startTest } from '../support/server.ts';

let livekit: LiveKitProcess;

beforeAll(async () => {
  if (liveKitBinary !== null) livekit = await LiveKitProcess.start();
});
afterAll(async () => {
  if (liveKitBinary !== null) await livekit[Symbol.asyncDispose]();
});

/** `check state` of everything that the endpoint says of a server with these settings. */
async function diagnosis(settings: Record<string, string>): Promise<string[]> {
  await using server = await startTest({ settings });
  const { findings } = await server.admin.does('GET', '/admin/voice/doctor');
  return findings.map(({ check, state }: any) => `${check} ${state}`);
}

/** Runs `accord doctor`. */
async function command(settings: Record<string, string>) {
  const main = new URL('../../src/main.ts', import.meta.url).pathname;
  const run = Bun.spawn([process.execPath, main, 'doctor'], {
    env: { PATH: process.env['PATH'] ?? '', ACCORD_BIND: '127.0.0.1', ...settings },
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [text, code] = await Promise.all([new Response(run.stdout).text(), run.exited]);
  return { lines: text.trimEnd().split('\n'), code };
}

const good = ['addresses', 'reach', 'clock', 'key', 'token', 'same_server', 'webhook'];

liveTest(
  'the doctor finds everything good where everything is, a real report among it',
  async () => {
    expect(await diagnosis(livekit.settings)).toEqual(good.map((check) => `${check} good`));
  },
);

liveTest(
  'the doctor names a wrong secret, another server and reports that do not come',
  async () => {
    await using other = await LiveKitProcess.start();
    const secret = 'another secret of more than thirty-two characters';
    expect(await diagnosis({ ...livekit.settings, LIVEKIT_API_SECRET: secret })).toContain(
      'key bad',
    );
    const apart = { ...livekit.settings, LIVEKIT_EXTERNAL_URL: other.url.replace('http', 'ws') };
    expect(await diagnosis(apart)).toContain('same_server bad');
    const away = { ...livekit.settings, LIVEKIT_EXTERNAL_URL: 'ws://127.0.0.1:1' };
    expect(await diagnosis(away)).toContain('token bad');
    // Here the reports go to another port than the server's.
    expect(await diagnosis({ ...livekit.settings, PORT: '0' })).toContain('webhook bad');
  },
);

liveTest('the command says the same in one line each, beside a running server', async () => {
  const alone = await command(livekit.settings);
  expect(alone.code).toBe(1);
  expect(alone.lines.at(-1)).toMatch(/^\?\?\? +webhook: /);
  await using server = await startTest({ settings: livekit.settings });
  const beside = await command(livekit.settings);
  expect(beside.lines.map((line) => line.split(':')[0])).toEqual(
    good.map((check) => `good  ${check}`),
  );
  expect(beside.code).toBe(0);
  expect(server.logged.filter(({ level }) => level === 'error')).toEqual([]);
});
