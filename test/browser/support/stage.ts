// A real server, a real Chromium, and people who meet there; a test that fails if the browser complains.
import { expect, test } from 'bun:test';
import { chromium, type Browser, type BrowserContextOptions } from 'playwright-core';
import type { Answer } from '../../../src/client/wire.ts';
import { ServerProcess, serverCommand } from '../../support/process.ts';
import { Resident } from './resident.ts';
import { Visitor, type Device } from './visitor.ts';

/** The browser that `CHROMIUM` names; null without it, so that plain `bun test` needs none. */
const browserPath = process.env['CHROMIUM'] || null;
const binary = process.env['ACCORD_BINARY'] || null;

/** A space where people meet, and its first channel of text. */
export interface Meeting {
  readonly space: Answer<'POST /spaces'>;
  readonly general: Answer<'GET /spaces/:space_id/channels'>[number];
}

export class Stage {
  readonly server: ServerProcess;
  readonly browser: Browser;
  readonly visitors: Visitor[] = [];
  /** Where people meet, for who opens the client. */
  #place = '';

  private constructor(server: ServerProcess, browser: Browser) {
    this.server = server;
    this.browser = browser;
  }

  static async build(settings: Record<string, string>, flags: readonly string[]): Promise<Stage> {
    if (browserPath === null) throw new Error('there is no browser');
    const server = await ServerProcess.start(serverCommand(binary), {
      LOG_LEVEL: 'error',
      REGISTRATIONS_PER_ADDRESS: '0',
      ...settings,
    });
    const browser = await chromium.launch({
      executablePath: browserPath,
      args: [
        // Chromium refuses to be run by root with its sandbox, as in containers.
        '--no-sandbox',
        // Everybody has a microphone that beeps, and lets the page use it.
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        '--autoplay-policy=no-user-gesture-required',
        ...flags,
      ],
    });
    return new Stage(server, browser);
  }

  registers(username: string): Promise<Resident> {
    return Resident.register(this.server.origin, username);
  }

  /** The first founds a public space, the others join it. */
  async meets(founder: Resident, ...guests: readonly Resident[]): Promise<Meeting> {
    const body = { name: 'Garden Jam', public: true };
    const space = await founder.rest.call('POST /spaces', { body });
    const { id: space_id } = space;
    for (const { rest } of guests) await rest.call('POST /spaces/:space_id/join', { space_id });
    const channels = await founder.rest.call('GET /spaces/:space_id/channels', { space_id });
    const general = channels.find(({ type }) => type === 'text');
    if (general === undefined) throw new Error('the space has no channel');
    this.#place = `#/${general.id}`;
    return { space, general };
  }

  /** A browser that nobody is signed in to; every call is another one. It comes to `address` if given. */
  async arrives(
    device: Device = 'desktop',
    more: BrowserContextOptions = {},
    address = this.server.origin,
  ): Promise<Visitor> {
    const visitor = await Visitor.arrive(this.browser, address, device, more);
    this.visitors.push(visitor);
    return visitor;
  }

  /** Somebody signs in with a browser of their own, where people meet or at another `#/…`. */
  async enters(who: Resident, device: Device = 'desktop', at?: string): Promise<Visitor> {
    const visitor = await this.arrives(device);
    await visitor.signsIn(who, at ?? this.#place);
    return visitor;
  }

  async strike(): Promise<void> {
    for (const visitor of this.visitors) await visitor.leaves().catch(() => undefined);
    await this.browser.close().catch(() => undefined);
    await this.server[Symbol.asyncDispose]();
  }
}

/** Pictures of what everybody saw last, where pictures are wanted. */
async function lastLooks(stage: Stage, name: string): Promise<void> {
  const slug = name.replaceAll(/\W+/g, '-').slice(0, 60);
  for (const [index, visitor] of stage.visitors.entries()) {
    await visitor.isPictured(`failed-${slug}-${index}`).catch(() => undefined);
  }
}

/**
 * A test with a server and a browser of its own, skipped by a name that says so where there is none. It
 * fails on whatever the browser complains of. `flags` are more of Chromium's own.
 */
export function browserTest(
  name: string,
  run: (stage: Stage) => Promise<void>,
  settings: Record<string, string> = {},
  flags: readonly string[] = [],
): void {
  if (browserPath === null) {
    test.skip(`${name} (skipped: CHROMIUM names no browser)`, () => undefined);
    return;
  }
  const play = async () => {
    const stage = await Stage.build(settings, flags);
    try {
      await run(stage);
      const complaints = stage.visitors.flatMap((visitor) => visitor.complaints.list);
      expect(complaints).toEqual([]);
    } catch (error) {
      await lastLooks(stage, name);
      const heard = stage.visitors.flatMap((visitor) => visitor.complaints.list);
      if (heard.length > 0) console.error(heard.join('\n'));
      throw error;
    } finally {
      await stage.strike();
    }
  };
  test(name, play, 120_000);
}
