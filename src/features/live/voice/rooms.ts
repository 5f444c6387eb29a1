// Calls LiveKit for this server's rooms, in order and without waiting, and keeps its reports.
import type { App, StateName } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import { ApiError } from '../../../errors.ts';
import { callLimit_s, LiveKit, LiveKitError, type RoomGrants } from '../../../lib/livekit.ts';
import { findUser } from '../../people/users/queries.ts';
import { roomGrants, roomName } from './admission.ts';

/** The maximum number of reported rooms that are remembered for the doctor. */
const maxHeard = 100;

export class Rooms {
  /** Null if voice is not configured. */
  readonly livekit: LiveKit | null;
  /** For calls to LiveKit; null in test mode, too, where tokens are still given out. */
  readonly live: LiveKit | null;
  readonly #app: App;
  /** Calls under way by participant; the next call waits for them. */
  readonly #calls = new Map<string, Promise<void>>();
  readonly #heard = new Set<string>();
  readonly #waiting = new Map<string, () => void>();
  #isAway = false;

  constructor(app: App) {
    const { LIVEKIT_INTERNAL_URL, LIVEKIT_EXTERNAL_URL, ACCORD_TEST_MODE } = app.config;
    const { LIVEKIT_API_KEY: key, LIVEKIT_API_SECRET: secret } = app.config;
    this.#app = app;
    this.livekit =
      LIVEKIT_INTERNAL_URL === null || key === null || secret === null
        ? null
        : new LiveKit({
            internal_url: LIVEKIT_INTERNAL_URL,
            external_url: LIVEKIT_EXTERNAL_URL ?? LIVEKIT_INTERNAL_URL,
            key,
            secret,
          });
    this.live = ACCORD_TEST_MODE ? null : this.livekit;
  }

  /** Makes sure that the room exists, and that no call for an earlier visit is under way. */
  async open(channel_id: string, user_id: string): Promise<void> {
    if (this.live === null) return;
    const earlier = this.#calls.get(callKey(channel_id, user_id));
    try {
      await Promise.all([this.live.openRoom(roomName(channel_id)), inTime(earlier)]);
      this.reached();
    } catch (error) {
      this.failed(error);
      throw new ApiError('voice_unavailable', 'Voice is away right now; try again in a moment.');
    }
  }

  /** The address and token with which a client enters the room. */
  async entrance(
    who: { identity: string; name: string },
    channel_id: string,
    grants: number,
  ): Promise<{ url: string; token: string }> {
    const { livekit } = this;
    if (livekit === null) throw new Error('voice is not configured');
    const token = await livekit.token(who, roomName(channel_id), roomGrants(grants));
    return { url: livekit.client_url, token };
  }

  /** Removes the account from the room, without waiting; the next comparison retries a failure. */
  remove(channel_id: string, user_id: string): void {
    this.#call(channel_id, user_id, (live) => live.remove(roomName(channel_id), user_id));
  }

  /** Changes what the account may do in the room; without waiting, as `remove`. */
  grant(channel_id: string, user_id: string, grants: RoomGrants): void {
    this.#call(channel_id, user_id, (live) => live.grant(roomName(channel_id), user_id, grants));
  }

  #call(channel_id: string, user_id: string, run: (live: LiveKit) => Promise<void>): void {
    const { live } = this;
    if (live === null) return;
    const key = callKey(channel_id, user_id);
    const call = (this.#calls.get(key) ?? Promise.resolve())
      .then(() => run(live))
      .then(
        () => this.reached(),
        (error: unknown) => this.failed(error),
      )
      .finally(() => {
        if (this.#calls.get(key) === call) this.#calls.delete(key);
      });
    this.#calls.set(key, call);
  }

  /** Notes that a call to LiveKit succeeded. */
  reached(): void {
    if (this.#isAway) this.#app.log.info({}, 'LiveKit is back');
    this.#isAway = false;
  }

  /** Logs a failed call; if LiveKit is away, only once until it is back. */
  failed(error: unknown): void {
    if (!(error instanceof LiveKitError)) {
      this.#app.log.error({ err: error }, 'a call to LiveKit failed');
      return;
    }
    if (this.#isAway) return;
    this.#isAway = true;
    const hint = 'voice is away; `accord doctor` says what is wrong';
    this.#app.log.warn({ reason: error.message }, hint);
  }

  /** Notes that LiveKit reported a room, for the doctor, who waits for it. */
  heardOf(room: string): void {
    this.#heard.add(room);
    if (this.#heard.size > maxHeard) {
      const [oldest = ''] = this.#heard;
      this.#heard.delete(oldest);
    }
    this.#waiting.get(room)?.();
  }

  hasHeardOf(room: string): boolean {
    return this.#heard.has(room);
  }

  /** Tells whether LiveKit reports the room within that time. */
  async hears(room: string, within_ms: number): Promise<boolean> {
    if (this.#heard.has(room)) return true;
    const report = Promise.withResolvers<void>();
    this.#waiting.set(room, report.resolve);
    await Promise.race([report.promise, Bun.sleep(within_ms)]);
    this.#waiting.delete(room);
    return this.#heard.has(room);
  }
}

/** Waits for earlier calls, but no longer than one call may take. */
async function inTime(calls: Promise<void> | undefined): Promise<void> {
  if (calls === undefined) return;
  const slow = Bun.sleep(callLimit_s * 1000).then(() => {
    throw new LiveKitError(null, 'slow');
  });
  await Promise.race([calls, slow]);
}

function callKey(channel_id: string, user_id: string): string {
  return `${channel_id} ${user_id}`;
}

/** The name of an account in LiveKit's rooms. */
export function voiceName(db: Db, user_id: string): string {
  const row = findUser(db, user_id);
  return row?.display_name || row?.username || user_id;
}

const name: StateName<Rooms> = { create: (app) => new Rooms(app) };

export function rooms(app: App): Rooms {
  return app.state(name);
}
