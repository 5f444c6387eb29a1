// Somebody in a LiveKit room: publishes a tone, and counts what it hears of each of the others.
import type { AudioSource, Room } from '@livekit/rtc-node';

// Loaded when the first of them comes: it is a large native library.
const rtc = () => import('@livekit/rtc-node');

/** What joining answers, over REST or over the gateway. */
export interface Invitation {
  livekit_url?: string;
  url?: string;
  token: string;
}

const rate_hz = 48_000;
const frame_samples = 480;
/** Of 32767; what a codec makes of silence stays far below. */
const loud = 1_000;
const patience_ms = 15_000;
/** `publishTrack` of one who may not speak never settles. */
const publishLimit_ms = 3_000;

export class Participant {
  readonly #room: Room;
  readonly #url: string;
  /** Frames that were no silence, by the identity of who spoke. */
  readonly #heard = new Map<string, number>();
  readonly #gone = Promise.withResolvers<void>();
  #isSpeaking = false;

  private constructor(room: Room, url: string) {
    this.#room = room;
    this.#url = url;
  }

  static async enters(invitation: Invitation, token = invitation.token): Promise<Participant> {
    const { AudioStream, Room, RoomEvent } = await rtc();
    const room = new Room();
    const url = invitation.livekit_url ?? invitation.url ?? '';
    const participant = new Participant(room, url);
    room.on(RoomEvent.TrackSubscribed, (track, _publication, { identity }) => {
      const stream = new AudioStream(track, { sampleRate: rate_hz, numChannels: 1 });
      void participant.#listen(identity, stream);
    });
    room.on(RoomEvent.Disconnected, () => participant.#gone.resolve());
    await room.connect(url, token, { autoSubscribe: true, dynacast: false });
    return participant;
  }

  async #listen(identity: string, stream: AsyncIterable<{ data: Int16Array }>): Promise<void> {
    for await (const { data } of stream) {
      if (!data.some((sample) => Math.abs(sample) > loud)) continue;
      this.#heard.set(identity, this.countOf(identity) + 1);
    }
  }

  get isConnected(): boolean {
    return this.#room.isConnected;
  }

  /** The newest token: LiveKit renews it while one is in the room. */
  get token(): string {
    return this.#room.token ?? '';
  }

  get url(): string {
    return this.#url;
  }

  /** How many frames of somebody were no silence so far. */
  countOf(identity: string): number {
    return this.#heard.get(identity) ?? 0;
  }

  /** Publishes a tone until it leaves; false when the room does not take it. */
  async speaks(): Promise<boolean> {
    const { AudioSource, LocalAudioTrack, TrackPublishOptions, TrackSource } = await rtc();
    const source = new AudioSource(rate_hz, 1);
    const track = LocalAudioTrack.createAudioTrack('tone', source);
    const options = new TrackPublishOptions();
    options.source = TrackSource.SOURCE_MICROPHONE;
    const published = this.#room.localParticipant?.publishTrack(track, options).then(
      () => true,
      () => false,
    );
    const isTaken = await Promise.race([published, Bun.sleep(publishLimit_ms).then(() => false)]);
    if (!isTaken) return false;
    this.#isSpeaking = true;
    // It fails once the room is gone.
    void this.#hum(source).catch(() => {});
    return true;
  }

  async #hum(source: AudioSource): Promise<void> {
    const { AudioFrame } = await rtc();
    let at = 0;
    while (this.#isSpeaking) {
      const tone = Int16Array.from({ length: frame_samples }, (_, index) =>
        Math.round(8_000 * Math.sin((2 * Math.PI * 440 * (at + index)) / rate_hz)),
      );
      at += frame_samples;
      // Waits while the queue of the source is full.
      await source.captureFrame(new AudioFrame(tone, rate_hz, 1, frame_samples));
    }
  }

  /** Hears half a second more of somebody. */
  async hears({ id }: { id: string }): Promise<void> {
    const wanted = this.countOf(id) + 50;
    const until = Date.now() + patience_ms;
    while (this.countOf(id) < wanted) {
      if (Date.now() > until)
        throw new Error(`heard ${this.countOf(id)} frames of ${id}, not ${wanted}`);
      await Bun.sleep(20);
    }
  }

  /** While half a second of one is heard, nothing is heard of the other. */
  async hearsOnly(one: { id: string }, other: { id: string }): Promise<void> {
    // What was under way arrives before the first frames that count.
    await this.hears(one);
    const before = this.countOf(other.id);
    await this.hears(one);
    const more = this.countOf(other.id) - before;
    if (more > 0) throw new Error(`heard ${more} frames of ${other.id}`);
  }

  /** Waits until it is thrown out. */
  async isThrownOut(): Promise<void> {
    const patience = Bun.sleep(patience_ms).then(() => 'late');
    if ((await Promise.race([this.#gone.promise, patience])) === 'late') {
      throw new Error('still in the room');
    }
    this.#isSpeaking = false;
  }

  async leaves(): Promise<void> {
    this.#isSpeaking = false;
    await this.#room.disconnect();
  }
}
