// What the tests of voice share: a real LiveKit server, microphones that speak, people in a channel.
import { afterAll, test } from 'bun:test';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { Folder } from '../../support/folder.ts';
import { LiveKitProcess, liveKitBinary } from '../../support/livekit.ts';
import { listens } from './hearing.ts';
import type { Resident } from './resident.ts';
import { voice } from './sound.ts';
import { browserTest, type Stage } from './stage.ts';
import type { Device, Visitor } from './visitor.ts';

type VoiceTest = (
  name: string,
  run: (stage: Stage, livekit: LiveKitProcess) => Promise<void>,
) => void;

/**
 * Starts LiveKit for the tests of a file, and returns what makes a test with it; tests are skipped by a
 * name that says so where there is no LiveKit or no browser.
 */
export async function withLiveKit(): Promise<VoiceTest> {
  if (liveKitBinary === null || !process.env['CHROMIUM']) {
    return (name) =>
      test.skip(`${name} (skipped: CHROMIUM or LIVEKIT_SERVER is missing)`, () => undefined);
  }
  const livekit = await LiveKitProcess.start();
  const folder = new Folder();
  const sound = join(folder.path, 'voice.wav');
  await Bun.write(sound, voice());
  afterAll(async () => {
    await livekit[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });
  // Chromium's own beeps are too short to count as speaking.
  const flags = [`--use-file-for-fake-audio-capture=${sound}`];
  return (name, run) => browserTest(name, (stage) => run(stage, livekit), livekit.settings, flags);
}

export const button = ({ page }: Visitor, name: string): Locator =>
  page.getByRole('button', { name, exact: true });
/** The same, once it shows that it is on. */
export const pressed = ({ page }: Visitor, name: string): Locator =>
  page.getByRole('button', { name, exact: true, pressed: true });
export const tiles = ({ page }: Visitor): Locator => page.locator('.stage .tile');

/** Opens the client so that what it hears can be measured. */
export async function enters(
  stage: Stage,
  who: Resident,
  at: string,
  device: Device = 'desktop',
): Promise<Visitor> {
  const visitor = await stage.arrives(device);
  await listens(visitor);
  await visitor.signsIn(who, at);
  return visitor;
}

/** Anna has made a voice channel in a space that ben is in, too. */
export async function lounge(stage: Stage) {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  const { space } = await stage.meets(anna, ben);
  const channel = await anna.rest.call('POST /spaces/:space_id/channels', {
    space_id: space.id,
    body: { name: 'Lounge', type: 'voice' },
  });
  return { anna, ben, space, channel };
}

/** Anna and ben know each other, and have a conversation. */
export async function conversation(stage: Stage) {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  await stage.meets(anna, ben);
  const channel = await anna.rest.call('POST /users/@me/channels', {
    body: { recipients: [ben.id] },
  });
  return { anna, ben, channel };
}
