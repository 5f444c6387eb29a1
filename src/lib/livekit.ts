// The one file that knows LiveKit's server SDK: rooms, participants, tokens and webhooks, in our own words.
import type { ParticipantInfo, RoomServiceClient, WebhookEvent } from 'livekit-server-sdk';

/** What a participant may do in a room; what is not named it may not. */
export interface RoomGrants {
  microphone: boolean;
  /** Camera, screen and the sound of the screen. */
  video: boolean;
  /** Hear and see the others. */
  subscribe: boolean;
}

export interface Participant {
  identity: string;
  /** LiveKit's id of this one connection: a second device has the same identity and another sid. */
  sid: string;
  grants: RoomGrants;
}

/** Something that LiveKit reports to us. */
export interface LiveKitReport {
  /** In LiveKit's spelling, such as `participant_joined`. */
  event: string;
  room: string;
  participant: Participant | null;
  /** Whether the participant went because its own client said so. */
  left_by_itself: boolean;
}

export interface LiveKitAddress {
  /** How we reach it; http, https, ws or wss. */
  internal_url: string;
  /** How clients reach it. */
  external_url: string;
  key: string;
  secret: string;
}

/** LiveKit did not do what was asked; `refused`: it answered, but not with what we need. */
export class LiveKitError extends Error {
  readonly refused: boolean;
  /** HTTP status of the answer; null when there was none. */
  readonly status: number | null;

  constructor(status: number | null, reason: string) {
    super(status === null ? `LiveKit does not answer (${reason})` : `LiveKit answers ${status}`);
    this.status = status;
    this.refused = status !== null && status < 500;
  }
}

/** The SDK's own limit is 10 s; nobody waits that long for an answer of ours. */
export const callLimit_s = 2;
/** LiveKit renews tokens by itself, for as long as a participant is connected. */
const tokenLife = '10m';
/** How long LiveKit keeps a room that nobody enters. */
const emptyRoom_s = 300;
/** How far LiveKit's clock and ours may be apart for a webhook to count. */
const clockTolerance_s = 60;

// Loaded at the first use: servers without voice start without it.
const sdk = () => import('livekit-server-sdk');

/** The same address with the scheme that WebSocket clients need. */
export function webSocketUrl(url: string): string {
  return url.replace(/^http/, 'ws');
}

/** The same address with the scheme of plain requests. */
export function httpUrl(url: string): string {
  return url.replace(/^ws/, 'http');
}

export class LiveKit {
  readonly #address: LiveKitAddress;
  #rooms: Promise<RoomServiceClient> | undefined;

  constructor(address: LiveKitAddress) {
    this.#address = address;
  }

  /** What clients connect to: ws:// or wss://. */
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

  /** Makes the room, or does nothing when it is there. */
  async openRoom(name: string): Promise<void> {
    await this.#call((rooms) => rooms.createRoom({ name, emptyTimeout: emptyRoom_s }));
  }

  async closeRoom(name: string): Promise<void> {
    await this.#call((rooms) => rooms.deleteRoom(name)).catch(unlessMissing);
  }

  /** The names of all rooms. */
  async rooms(): Promise<string[]> {
    return (await this.#call((rooms) => rooms.listRooms())).map(({ name }) => name);
  }

  /** Who is in a room; nobody in one that does not exist. */
  async participants(room: string): Promise<Participant[]> {
    const { TrackSource } = await sdk();
    const list = await this.#call((rooms) => rooms.listParticipants(room));
    return list.map((info) => toParticipant(info, TrackSource));
  }

  /** Throws somebody out of a room; who is not there is no error. */
  async remove(room: string, identity: string): Promise<void> {
    await this.#call((rooms) => rooms.removeParticipant(room, identity)).catch(unlessMissing);
  }

  /** Changes what somebody in a room may do; who is not there is no error. */
  async grant(room: string, identity: string, grants: RoomGrants): Promise<void> {
    const { TrackSource } = await sdk();
    // It replaces the whole permission: what is left out is taken away.
    const permission = {
      canPublish: grants.microphone || grants.video,
      canPublishSources: sourcesOf(grants, TrackSource),
      canSubscribe: grants.subscribe,
      canPublishData: true,
      canUpdateMetadata: false,
      hidden: false,
    };
    await this.#call((rooms) => rooms.updateParticipant(room, identity, { permission })).catch(
      unlessMissing,
    );
  }

  /** What lets somebody into a room, with these grants and no more. */
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
      canPublishData: true,
    });
    return token.toJwt();
  }

  /** What a webhook reports; null when its signature is not LiveKit's. */
  async report(body: string, authorization: string): Promise<LiveKitReport | null> {
    const { TrackSource, WebhookReceiver } = await sdk();
    const { key, secret } = this.#address;
    const receiver = new WebhookReceiver(key, secret);
    let event: WebhookEvent;
    try {
      event = await receiver.receive(body, authorization, false, clockTolerance_s);
    } catch {
      return null; // not signed with our key, or no report at all
    }
    const { participant } = event;
    return {
      event: event.event,
      room: event.room?.name ?? '',
      participant: participant ? toParticipant(participant, TrackSource) : null,
      left_by_itself: participant?.disconnectReason === clientInitiated,
    };
  }

  /** Signs a report as LiveKit does; the value of its Authorization header. */
  async sign(body: string): Promise<string> {
    const { AccessToken } = await sdk();
    const { key, secret } = this.#address;
    const token = new AccessToken(key, secret, { ttl: '1m' });
    token.sha256 = new Bun.CryptoHasher('sha256').update(body).digest('base64');
    return token.toJwt();
  }
}

/** `DisconnectReason.CLIENT_INITIATED` of LiveKit's protocol, which the SDK does not hand on. */
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
    },
  };
}

/** Without the SDK's message, in which the token of the call may stand. */
function toLiveKitError(error: unknown): LiveKitError {
  const { status, code, name } = error as { status?: unknown; code?: unknown; name?: unknown };
  if (typeof status === 'number') return new LiveKitError(status, '');
  return new LiveKitError(null, typeof code === 'string' ? code : String(name));
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof LiveKitError) || error.status !== 404) throw error;
}
