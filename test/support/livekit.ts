// A real LiveKit server for tests, with the settings of compose.yaml but for the addresses of this machine.
import { test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSocket } from 'node:dgram';
import { LiveKit } from '../../src/lib/livekit.ts';
import { freePort } from './process.ts';

/** The binary that `LIVEKIT_SERVER` names; null without it, so that plain `bun test` needs no service. */
export const liveKitBinary = process.env['LIVEKIT_SERVER'] || null;

/** A test that needs a real LiveKit server; skipped by a name that says so where there is none. */
export function liveTest(name: string, run: () => Promise<void>, limit_ms = 40_000): void {
  // Once more at the most: a client whose server was killed on a busy machine does not always come back.
  if (liveKitBinary !== null) test(name, run, { timeout: limit_ms, retry: 1 });
  else
    test.skip(
      `${name} (skipped: LIVEKIT_SERVER names no server; \`bash .ci/livekit\` installs one)`,
      run,
    );
}

const key = 'accord';
const secret = 'a secret of more than thirty-two characters';

interface Ports {
  port: number;
  udp_port: number;
  /** Of the Accord server that gets the reports. */
  accord_port: number;
}

/** What compose.yaml gives to LiveKit. */
function composedSettings(): any {
  const file = readFileSync(join(import.meta.dir, '../../compose.yaml'), 'utf8');
  const compose = Bun.YAML.parse(file) as any;
  const text: string = compose.services.livekit.environment.LIVEKIT_CONFIG;
  return Bun.YAML.parse(text.replaceAll(/\$\{LIVEKIT_API_SECRET[^}]*\}/g, secret));
}

/** The same on this machine alone: free ports, UDP only, and no question to the internet about its address. */
function settingsHere({ port, udp_port, accord_port }: Ports): object {
  const composed = composedSettings();
  const [report_url] = composed.webhook.urls as string[];
  const here = new URL(report_url ?? '');
  here.host = `127.0.0.1:${accord_port}`;
  return {
    ...composed,
    port,
    bind_addresses: ['127.0.0.1'],
    rtc: { ...composed.rtc, tcp_port: 0, udp_port, use_external_ip: false, node_ip: '127.0.0.1' },
    webhook: { ...composed.webhook, urls: [here.href] },
  };
}

function freeUdpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createSocket('udp4');
    probe.once('error', reject);
    probe.bind(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

export class LiveKitProcess implements AsyncDisposable {
  readonly ports: Ports;
  /** To look into its rooms. */
  readonly api: LiveKit;
  readonly #folder = mkdtempSync(join(tmpdir(), 'accord-livekit-'));
  #process: Bun.Subprocess | null = null;

  private constructor(ports: Ports) {
    this.ports = ports;
    const { url } = this;
    this.api = new LiveKit({ internal_url: url, external_url: url, key, secret });
  }

  static async start(): Promise<LiveKitProcess> {
    const port = await freePort();
    let accord_port = port;
    // A port that was free a moment ago may be given out a second time.
    while (accord_port === port) accord_port = await freePort();
    const livekit = new LiveKitProcess({ port, accord_port, udp_port: await freeUdpPort() });
    await livekit.start();
    return livekit;
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports.port}`;
  }

  /** Of the Accord server beside it; its port is the one that LiveKit reports to. */
  get settings() {
    return {
      PORT: String(this.ports.accord_port),
      LIVEKIT_INTERNAL_URL: this.url,
      LIVEKIT_API_KEY: key,
      LIVEKIT_API_SECRET: secret,
    };
  }

  /** Starts it, also again after it ended, with the same settings. */
  async start(): Promise<void> {
    if (liveKitBinary === null) throw new Error('there is no LiveKit server');
    const file = join(this.#folder, 'livekit.yaml');
    await Bun.write(file, Bun.YAML.stringify(settingsHere(this.ports)));
    const log = Bun.file(join(this.#folder, 'log'));
    const process_ = Bun.spawn([liveKitBinary, '--config', file], { stdout: log, stderr: log });
    this.#process = process_;
    const until = Date.now() + 15_000;
    for (;;) {
      const answer = await fetch(this.url).catch(() => null);
      if (answer?.ok) return;
      if (process_.exitCode !== null || Date.now() > until) {
        throw new Error(`LiveKit did not start: ${await log.text()}`);
      }
      await Bun.sleep(25);
    }
  }

  /** Kills it: asked to end, it would wait until everyone has left. */
  async end(): Promise<void> {
    this.#process?.kill('SIGKILL');
    await this.#process?.exited;
    this.#process = null;
  }

  /** Who is in the room of a channel, sorted. */
  async in(channel: { id: string }): Promise<string[]> {
    const people = await this.api.participants(`channel_${channel.id}`);
    return people.map(({ identity }) => identity).toSorted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Waits until something is so that nobody tells us of. */
export async function until(
  what: string,
  isSo: () => Promise<boolean> | boolean,
  limit_ms = 15_000,
) {
  const end = Date.now() + limit_ms;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`waited ${limit_ms} ms for ${what}`);
    await Bun.sleep(50);
  }
}
