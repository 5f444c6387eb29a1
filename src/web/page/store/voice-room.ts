// LiveKit's room of a voice channel: what is sent there and heard there. Loaded when somebody joins.
import {
  DisconnectReason,
  Room,
  RoomEvent,
  setLogLevel,
  Track,
  type Participant,
  type RemoteTrack,
  type RemoteTrackPublication,
} from 'livekit-client';

import { Amplifier, Sound } from './voice-sound.ts';
import type { Volume } from './voice-volumes.ts';

// Addresses and tokens are written nowhere.
setLogLevel('silent');

/** The picture of somebody's camera or screen. */
export interface Picture {
  readonly id: string;
  readonly user_id: string;
  readonly isScreen: boolean;
  readonly isOwn: boolean;
  /** Shows it in an element, until the function that it returns is called. */
  show(where: HTMLVideoElement): () => void;
}

/** Why the room is over: somebody was taken out of it, came to it elsewhere, or the connection broke. */
export type End = 'removed' | 'elsewhere' | 'broken';

/** What one may send in a room. */
export interface Allowed {
  readonly voice: boolean;
  readonly pictures: boolean;
}

/** What there is to tell of a room. */
export interface Watcher {
  speaking(user_ids: readonly string[]): void;
  pictures(shown: readonly Picture[]): void;
  /** Whether the own camera and screen are sent. */
  sending(now: { camera: boolean; screen: boolean }): void;
  /** False while the connection is lost for a moment. */
  line(isThere: boolean): void;
  /** The browser plays no sound until somebody presses a button. */
  silenced(isSilenced: boolean): void;
  /** What one may send there. */
  allowed(now: Allowed): void;
  ended(why: End): void;
}

/** The devices to use, by kind; those that are missing are chosen by the browser. */
export type Devices = Readonly<Partial<Record<MediaDeviceKind, string>>>;

export interface Entrance {
  readonly url: string;
  readonly token: string;
  readonly devices: Devices;
  /** How loud somebody is wanted. */
  volumeOf(user_id: string): Volume;
}

const ends: Readonly<Partial<Record<DisconnectReason, End>>> = {
  [DisconnectReason.DUPLICATE_IDENTITY]: 'elsewhere',
  [DisconnectReason.PARTICIPANT_REMOVED]: 'removed',
  [DisconnectReason.ROOM_DELETED]: 'removed',
};

/**
 * So long LiveKit's client waits before it connects again. After the last of them the room is over, and one
 * joins anew: our server makes the rooms that a LiveKit which was started again does not know.
 */
const retries_ms = [100, 500, 1_500, 3_000];

/** As LiveKit's protocol numbers them. */
const sources = { camera: 1, microphone: 2 };

const captured = (id: string | undefined) => (id === undefined ? {} : { deviceId: id });

export class VoiceRoom {
  readonly #room: Room;
  readonly #watcher: Watcher;
  readonly #volumeOf: Entrance['volumeOf'];
  readonly #amplifier = new Amplifier();
  /** What plays the voices of the others, by their elements. */
  readonly #sounds = new Map<HTMLMediaElement, Sound>();
  #isDeaf = false;
  #isLeft = false;

  private constructor(room: Room, watcher: Watcher, volumeOf: Entrance['volumeOf']) {
    this.#room = room;
    this.#volumeOf = volumeOf;
    this.#watcher = watcher;
  }

  static async enter(entrance: Entrance, watcher: Watcher): Promise<VoiceRoom> {
    const { url, token, devices, volumeOf } = entrance;
    const room = new Room({
      // Pictures come as large as they are shown, and not at all where they are not.
      adaptiveStream: true,
      dynacast: true,
      reconnectPolicy: { nextRetryDelayInMs: ({ retryCount }) => retries_ms[retryCount] ?? null },
      audioCaptureDefaults: captured(devices.audioinput),
      videoCaptureDefaults: captured(devices.videoinput),
      ...(devices.audiooutput !== undefined && { audioOutput: captured(devices.audiooutput) }),
    });
    const entered = new VoiceRoom(room, watcher, volumeOf);
    entered.#listen();
    await room.connect(url, token);
    watcher.silenced(!room.canPlaybackAudio);
    watcher.allowed(entered.#allowed());
    return entered;
  }

  #listen(): void {
    const [room, watcher] = [this.#room, this.#watcher];
    const look = () => this.#look();
    room
      .on(RoomEvent.TrackSubscribed, (track, publication, who) => {
        if (track.kind === Track.Kind.Audio) this.#play(track, who.identity);
        this.#tune(publication, who.identity);
        look();
      })
      .on(RoomEvent.TrackUnsubscribed, (track) => {
        for (const element of track.detach()) this.#remove(element);
        look();
      })
      .on(RoomEvent.TrackMuted, look)
      .on(RoomEvent.TrackUnmuted, look)
      .on(RoomEvent.LocalTrackPublished, look)
      .on(RoomEvent.LocalTrackUnpublished, look)
      .on(RoomEvent.ParticipantDisconnected, look)
      .on(RoomEvent.ActiveSpeakersChanged, (speakers) =>
        watcher.speaking(speakers.map(({ identity }) => identity)),
      )
      .on(RoomEvent.AudioPlaybackStatusChanged, () => watcher.silenced(!room.canPlaybackAudio))
      .on(RoomEvent.ParticipantPermissionsChanged, (_before, who) => {
        if (who === room.localParticipant) watcher.allowed(this.#allowed());
      })
      .on(RoomEvent.Reconnecting, () => watcher.line(false))
      .on(RoomEvent.Reconnected, () => watcher.line(true))
      .on(RoomEvent.Disconnected, (reason) => {
        for (const element of this.#sounds.keys()) this.#remove(element);
        if (!this.#isLeft)
          watcher.ended(reason === undefined ? 'broken' : (ends[reason] ?? 'broken'));
      });
  }

  /** Only elements in the page use the loudspeaker that was chosen, in every browser. */
  #play(track: RemoteTrack, user_id: string): void {
    const element = track.attach();
    element.hidden = true;
    document.body.append(element);
    this.#sounds.set(element, new Sound(element, user_id, this.#amplifier));
  }

  /** Takes away what played a voice; pictures stand where a view has put them. */
  #remove(element: HTMLMediaElement): void {
    this.#sounds.get(element)?.remove();
    this.#sounds.delete(element);
  }

  /** Tells which pictures there are now. */
  #look(): void {
    const { localParticipant, remoteParticipants } = this.#room;
    const everyone: Participant[] = [localParticipant, ...remoteParticipants.values()];
    this.#watcher.pictures(everyone.flatMap((who) => picturesOf(who, who === localParticipant)));
    const { isCameraEnabled: camera, isScreenShareEnabled: screen } = localParticipant;
    this.#watcher.sending({ camera, screen });
  }

  #allowed(): Allowed {
    const { canPublish = true, canPublishSources = [] } =
      this.#room.localParticipant.permissions ?? {};
    const may = (source: number) =>
      canPublish && (canPublishSources.length === 0 || canPublishSources.includes(source));
    return { voice: may(sources.microphone), pictures: may(sources.camera) };
  }

  /** Throws if there is no microphone, if the browser does not give it, or if one may not speak here. */
  async setMuted(isMuted: boolean): Promise<void> {
    await this.#room.localParticipant.setMicrophoneEnabled(!isMuted);
  }

  setDeaf(isDeaf: boolean): void {
    this.#isDeaf = isDeaf;
    this.setVolumes();
  }

  /** Plays everybody as loud as is wanted now. */
  setVolumes(): void {
    for (const { identity, audioTrackPublications } of this.#room.remoteParticipants.values()) {
      for (const publication of audioTrackPublications.values()) this.#tune(publication, identity);
    }
  }

  /** Voices that one does not want to hear are not sent, and what is still on its way is not played. */
  #tune(publication: RemoteTrackPublication, user_id: string): void {
    if (publication.kind !== Track.Kind.Audio) return;
    const { percent, isMuted } = this.#volumeOf(user_id);
    const isSilent = this.#isDeaf || isMuted;
    publication.setEnabled(!isSilent);
    for (const element of publication.track?.attachedElements ?? []) {
      this.#sounds.get(element)?.set(percent, isSilent);
    }
  }

  async setCamera(isOn: boolean): Promise<void> {
    await this.#room.localParticipant.setCameraEnabled(isOn);
  }

  async setScreen(isOn: boolean): Promise<void> {
    await this.#room.localParticipant.setScreenShareEnabled(isOn, { audio: true });
  }

  async use(kind: MediaDeviceKind, id: string): Promise<void> {
    await this.#room.switchActiveDevice(kind, id, false);
  }

  /** Plays sound where the browser has waited for somebody to press a button. */
  async playSound(): Promise<void> {
    await Promise.all([this.#room.startAudio(), this.#amplifier.resume()]);
  }

  async leave(): Promise<void> {
    this.#isLeft = true;
    await this.#room.disconnect();
    await this.#amplifier.close();
  }
}

function picturesOf({ identity, videoTrackPublications }: Participant, isOwn: boolean): Picture[] {
  return [...videoTrackPublications.values()].flatMap(({ track, isMuted, trackSid, source }) =>
    track === undefined || isMuted
      ? []
      : {
          id: trackSid,
          user_id: identity,
          isScreen: source === Track.Source.ScreenShare,
          isOwn,
          show(where) {
            track.attach(where);
            return () => void track.detach(where);
          },
        },
  );
}
