// Wraps LiveKit's server SDK, which no other file imports: rooms, participants, tokens, webhooks.
import type { ParticipantInfo, RoomServiceClient, WebhookEvent } from 'livekit-server-sdk';

/** The actions that a participant may take in LiveKit's room. */
export interface RoomGrants {
  microphone: boolean;
  /** Camera, screen and the sound of the screen. */
  video: boolean;
  /** Hearing and seeing the others. */
  subscribe: boolean;
  /** Packets that clients send to one another through the room. */
  data: boolean;
}

export interface Participant {
  identity: string;
  /** LiveKit's id of the connection: a second device has the same identity, but another sid. */
  sid: string;
  grants: RoomGrants;
}

/** A webhook's content. */
export interface LiveKitReport {
  /** LiveKit's name of the event, such as `participant_joined`. */
  event: string;
  room: string;
  participant: Participant | null;
  /** Whether the participant left because its own client asked to. */
  left_by_itself: boolean;
}

export interface LiveKitAddress {
  /** The address for this server; http, https, ws or wss. */
  internal_url: string;
  /** The address for clients. */
  external_url: string;
  key: string;
  secret: string;
}

/** A call to LiveKit failed; `refused`: LiveKit responded, with a status below 500. */
export class LiveKitError extends Error {
  readonly refused: boolean;
  /** HTTP status of the response; null if there was none. */
  readonly status: number | null;

  constructor(status: number | null, reason: string) {
    super(status === null ? `LiveKit does not answer (${reason})` : `LiveKit answers ${status}`);
    this.status = status;
    this.refused = status !== null && status < 500;
  }
}

/** The SDK's own limit of 10 s is too long: our clients wait for the response. */
export const callLimit_s = 2;
/** LiveKit renews the token while the participant is connected. */
const tokenLife = '10m';
/** How long LiveKit keeps a room that nobody joins. */
const emptyRoom_s = 300;
/** The difference between LiveKit's clock and ours that webhooks may have. */
const clockTolerance_s = 60;

// Loaded at the first use, so that servers without voice never load it.
const sdk = () => import('livekit-server-sdk');

/** Returns the address as ws:// or wss://. */
export function webSocketUrl(url: string): string {
  return url.replace(/^http/, 'ws');
}

/** Returns the address as http:// or https://. */
export function httpUrl(url: string): string {
  return url.replace(/^ws/, 'http');
}

export class LiveKit {
  readonly #address: LiveKitAddress;
  #rooms: Promise<RoomServiceClient> | undefined;

  constructor(address: LiveKitAddress) {
    this.#address = address;
  }

  /** The address that clients connect to: ws:// or wss://. */
  get client_url(): string {
    return webSocketUrl(this.#address.external_url);
  }

  async #call<T>(run: (rooms: RoomServiceClient) => Promise<T>): Promise<T> {
    this.#rooms ??= sdk().then(({ RoomServiceClient }) => {
      const { internal_url, key, secret } = this.#address;
      const options = { requestTimeout: callLimit_s, failover: false };
      return new RoomServiceClient(httpUrl(internal_url), key, secret, options);
    });
    const rooms = await this.#rooms;
    try {
      return await run(rooms);
    } catch (error) {
      throw toLiveKitError(error);
    }
  }

  /** Creates the room; does nothing if it exists. */
  async openRoom(name: string): Promise<void> {
    await this.#call((rooms) => rooms.createRoom({ name, emptyTimeout: emptyRoom_s }));
  }

  async closeRoom(name: string): Promise<void> {
    await this.#call((rooms) => rooms.deleteRoom(name)).catch(unlessMissing);
  }

  /** Returns the names of all rooms. */
  async rooms(): Promise<string[]> {
    return (await this.#call((rooms) => rooms.listRooms())).map(({ name }) => name);
  }

  /** Returns the participants of a room; none if the room does not exist. */
  async participants(room: string): Promise<Participant[]> {
    const { TrackSource } = await sdk();
    const list = await this.#call((rooms) => rooms.listParticipants(room));
    return list.map((info) => toParticipant(info, TrackSource));
  }

  /** Removes a participant from a room; no error if it is not there. */
  async remove(room: string, identity: string): Promise<void> {
    await this.#call((rooms) => rooms.removeParticipant(room, identity)).catch(unlessMissing);
  }

  /** Changes a participant's grants; no error if it is not there. */
  async grant(room: string, identity: string, grants: RoomGrants): Promise<void> {
    const { TrackSource } = await sdk();
    // Replaces the whole permission: fields that are left out are taken away.
    const permission = {
      canPublish: grants.microphone || grants.video,
      canPublishSources: sourcesOf(grants, TrackSource),
      canSubscribe: grants.subscribe,
      canPublishData: grants.data,
      canUpdateMetadata: false,
      hidden: false,
    };
    await this.#call((rooms) => rooms.updateParticipant(room, identity, { permission })).catch(
      unlessMissing,
    );
  }

  /** Returns a token (JWT) for joining a room with only these grants. */
  async token(
    who: { identity: string; name: string },
    room: string,
    grants: RoomGrants,
  ): Promise<string> {
    const { AccessToken, TrackSource } = await sdk();
    const { key, secret } = this.#address;
    const token = new AccessToken(key, secret, { ...who, ttl: tokenLife });
    const canPublish = grants.microphone || grants.video;
    token.addGrant({
      roomJoin: true,
      room,
      canPublish,
      // An empty list would mean every source.
      ...(canPublish ? { canPublishSources: sourcesOf(grants, TrackSource) } : {}),
      canSubscribe: grants.subscribe,
      canPublishData: grants.data,
    });
    return token.toJwt();
  }

  /** Checks and reads a webhook; null if its signature is not LiveKit's. */
  async report(body: string, authorization: string): Promise<LiveKitReport | null> {
    const { TrackSource, WebhookReceiver } = await sdk();
    const { key, secret } = this.#address;
    const receiver = new WebhookReceiver(key, secret);
    let event: WebhookEvent;
    try {
      event = await receiver.receive(body, authorization, false, clockTolerance_s);
    } catch {
      return null; // not signed with our key, or not a webhook
    }
    const { participant } = event;
    return {
      event: event.event,
      room: event.room?.name ?? '',
      participant: participant ? toParticipant(participant, TrackSource) : null,
      left_by_itself: participant?.disconnectReason === clientInitiated,
    };
  }

  /** Signs a webhook as LiveKit does; returns the value of its Authorization header. */
  async sign(body: string): Promise<string> {
    const { AccessToken } = await sdk();
    const { key, secret } = this.#address;
    const token = new AccessToken(key, secret, { ttl: '1m' });
    token.sha256 = new Bun.CryptoHasher('sha256').update(body).digest('base64');
    return token.toJwt();
  }
}

/** `DisconnectReason.CLIENT_INITIATED` of LiveKit's protocol, which the SDK does not export. */
const clientInitiated = 1;

type Sources = (typeof import('livekit-server-sdk'))['TrackSource'];

function sourcesOf(grants: RoomGrants, sources: Sources): number[] {
  const { MICROPHONE, CAMERA, SCREEN_SHARE, SCREEN_SHARE_AUDIO } = sources;
  return [
    ...(grants.microphone ? [MICROPHONE] : []),
    ...(grants.video ? [CAMERA, SCREEN_SHARE, SCREEN_SHARE_AUDIO] : []),
  ];
}

function toParticipant(
  { identity, sid, permission }: ParticipantInfo,
  sources: Sources,
): Participant {
  const named = permission?.canPublishSources ?? [];
  const may = (source: number) =>
    permission?.canPublish === true && (named.length === 0 || named.includes(source));
  const { MICROPHONE, CAMERA, SCREEN_SHARE, SCREEN_SHARE_AUDIO } = sources;
  return {
    identity,
    sid,
    grants: {
      microphone: may(MICROPHONE),
      video: [CAMERA, SCREEN_SHARE, SCREEN_SHARE_AUDIO].some(may),
      subscribe: permission?.canSubscribe === true,
      data: permission?.canPublishData === true,
    },
  };
}

/** Converts an SDK error, without its message, which may contain the token of the call. */
function toLiveKitError(error: unknown): LiveKitError {
  const { status, code, name } = error as { status?: unknown; code?: unknown; name?: unknown };
  if (typeof status === 'number') return new LiveKitError(status, '');
  return new LiveKitError(null, typeof code === 'string' ? code : String(name));
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof LiveKitError) || error.status !== 404) throw error;
}
