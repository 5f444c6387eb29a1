// What plays the voice of somebody: its element makes it quieter, an amplifier before it louder.

/** The amplifiers of a room share one context, which is made when the first of them is wanted. */
export class Amplifier {
  #context: AudioContext | null = null;
  readonly #waiting = new Set<() => void>();

  /** Returns the context once the browser lets it play; `again` is called when that has changed. */
  ready(again: () => void): AudioContext | null {
    this.#waiting.add(again);
    if (this.#context === null) {
      this.#context = new AudioContext();
      this.#context.onstatechange = () => {
        for (const one of this.#waiting) one();
      };
    }
    if (this.#context.state === 'running') return this.#context;
    void this.resume();
    return null;
  }

  forget(again: () => void): void {
    this.#waiting.delete(again);
  }

  async resume(): Promise<void> {
    await this.#context?.resume().catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#waiting.clear();
    await this.#context?.close().catch(() => undefined);
  }
}

export class Sound {
  readonly element: HTMLMediaElement;
  readonly user_id: string;
  readonly #amplifier: Amplifier;
  /** What came from LiveKit. */
  readonly #given: MediaProvider | null;
  #percent = 100;
  #isSilent = false;
  #gain: GainNode | null = null;
  /** Chromium gives a voice to an amplifier only while an element plays it, too. */
  #puller: HTMLAudioElement | null = null;
  readonly #again = () => this.#apply();

  constructor(element: HTMLMediaElement, user_id: string, amplifier: Amplifier) {
    this.element = element;
    this.user_id = user_id;
    this.#amplifier = amplifier;
    this.#given = element.srcObject;
  }

  /** From 0 to 200; above 100 it is as loud as 100 until the browser lets an amplifier play. */
  set(percent: number, isSilent: boolean): void {
    this.#percent = percent;
    this.#isSilent = isSilent;
    this.#apply();
  }

  #apply(): void {
    this.element.muted = this.#isSilent;
    this.element.volume = Math.min(1, this.#percent / 100);
    // What is not played needs no amplifier.
    if (this.#percent <= 100 || this.#isSilent) return this.#release();
    const context = this.#amplifier.ready(this.#again);
    if (context === null || !(this.#given instanceof MediaStream)) return this.#release();
    if (this.#gain === null) {
      this.#gain = this.#insert(context, this.#given);
    }
    this.#gain.gain.value = this.#percent / 100;
  }

  #insert(context: AudioContext, stream: MediaStream): GainNode {
    this.#puller = new Audio();
    this.#puller.muted = true;
    this.#puller.srcObject = stream;
    void this.#puller.play().catch(() => undefined);
    const gain = context.createGain();
    const out = context.createMediaStreamDestination();
    context.createMediaStreamSource(stream).connect(gain).connect(out);
    this.#show(out.stream);
    return gain;
  }

  #release(): void {
    if (this.#gain === null) return;
    this.#gain.disconnect();
    this.#gain = null;
    if (this.#puller !== null) this.#puller.srcObject = null;
    this.#puller = null;
    this.#show(this.#given);
  }

  #show(stream: MediaProvider | null): void {
    this.element.srcObject = stream;
    void this.element.play().catch(() => undefined);
  }

  remove(): void {
    this.#amplifier.forget(this.#again);
    this.#release();
    this.element.remove();
  }
}
