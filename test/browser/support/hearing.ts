// Whether the page of somebody really hears others: what its connections receive, measured in the browser.
import { expect } from 'bun:test';
import type { Visitor } from './visitor.ts';

interface Heard {
  /** What has come of all voices so far, as the browser adds it up after decoding. */
  readonly energy: number;
  /** Elements that play. */
  readonly playing: number;
  /** Frames of pictures that were decoded. */
  readonly frames: number;
}

/** Remembers the connections that the page makes. */
function remember(): void {
  const made: RTCPeerConnection[] = [];
  const Native = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      made.push(this);
    }
  };
  Object.assign(globalThis, { made });
}

/** Has to be called before the page is opened. */
export async function listens(visitor: Visitor): Promise<void> {
  await visitor.context.addInitScript(remember);
}

export function heardBy({ page }: Visitor): Promise<Heard> {
  return page.evaluate(async () => {
    const { made } = globalThis as unknown as { made: RTCPeerConnection[] };
    let [energy, frames] = [0, 0];
    for (const connection of made) {
      if (connection.connectionState === 'closed') continue;
      for (const one of (await connection.getStats()).values()) {
        if (one.type !== 'inbound-rtp') continue;
        energy += one.totalAudioEnergy ?? 0;
        frames += one.framesDecoded ?? 0;
      }
    }
    const sounds = [...document.querySelectorAll('audio')];
    return { energy, frames, playing: sounds.filter((one) => !one.paused && !one.muted).length };
  });
}

/** Waits until a voice comes in and is played. */
export async function hears(visitor: Visitor): Promise<void> {
  const { energy: before } = await heardBy(visitor);
  await visitor.until('a voice', async () => {
    const { energy, playing } = await heardBy(visitor);
    return playing > 0 && energy > before + 1e-4;
  });
}

/** Nothing is heard for as long as several beeps of a fake microphone take. */
export async function hearsNothing(visitor: Visitor): Promise<void> {
  // What is still on its way is played within that time.
  await Bun.sleep(1_500);
  const { energy: before } = await heardBy(visitor);
  await Bun.sleep(3_000);
  const { energy, playing } = await heardBy(visitor);
  expect(playing === 0 || energy - before < 1e-4).toBe(true);
}

/** Waits until pictures of somebody come in. */
export async function sees(visitor: Visitor): Promise<void> {
  const { frames: before } = await heardBy(visitor);
  await visitor.until('a picture', async () => (await heardBy(visitor)).frames > before + 5);
}
