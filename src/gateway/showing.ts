// Shows sessions the channels that they gained or lost: a few at once, many as fast as they read.
import type { App } from '../app.ts';
import type { SpaceAccess } from '../access/evaluate.ts';
import { spaceAccess } from '../access/load.ts';
import { scope } from '../events/audience.ts';
import { aNumber, type Frames, type Listener } from '../events/hub.ts';
import { wants } from '../events/intents.ts';
import {
  ownLater,
  ownOfEach,
  silence,
  whenOwn,
  type Budget,
  type OwnScenery,
} from './own-frames.ts';

/** A frame without a seq, and the intent bit that a session needs to get it. */
export interface Sight {
  intent: number | null;
  frame: string;
}

/** The frames of features that show a change of access; the server passes them in. */
export interface Scenery extends OwnScenery {
  /** A session needs one of these intents to be shown anything of a channel. */
  channelIntents: readonly (number | null)[];
  /** A session needs one of these intents to be shown anything of a space that it joined. */
  spaceIntents: readonly (number | null)[];
  /** Returns frames of the channel as it is now, and of the voice states in it. */
  channelGained(
    app: App,
    space: SpaceAccess,
    channel_id: string,
    isForGuest: boolean,
  ): Iterable<Sight>;
  channelLost(app: App, before: SpaceAccess, channel_id: string): Iterable<Sight>;
  /**
   * Returns everything that a member sees of a space that it just joined, after `space.create`. It
   * asks for a number, which the last frame carries.
   */
  spaceGained(app: App, listener: Listener, space_id: string): Frames;
  /** Tells whether the frames of `spaceGained` fit into `max_bytes`, for everyone who joins. */
  isSmall(app: App, space_id: string, max_bytes: number): boolean;
}

/** The change for a group of sessions that heard the same and will hear the same. */
export interface Shift {
  listeners: Set<Listener>;
  /** Whether they are guests, who are shown less. */
  isOfGuests: boolean;
  subscribe: ReadonlySet<string>;
  unsubscribe: ReadonlySet<string>;
  /** The part of `unsubscribe` that ends first; a member who leaves hears the space to the last. */
  ended: ReadonlySet<string>;
  /** Whether they joined the space, and did not only gain channels. */
  joined: boolean;
  /** Ids of channels. */
  gained: readonly string[];
  lost: readonly string[];
}

export interface Scene {
  space_id: string;
  /** Whether the space itself changed, for all its members. */
  everyone: boolean;
  /** Accounts whose membership changed. */
  user_ids: Set<string>;
  /** Accounts that changed, and with them their scopes in all spaces. */
  accounts: Set<string>;
  before: SpaceAccess | null;
  /** Whether `before` is known; if not, it is the same as `after`. */
  isKnown: boolean;
  after: SpaceAccess | null;
}

/** The sessions of a shift that are shown something. */
export interface Showing {
  scene: Scene;
  shift: Shift;
  listeners: Set<Listener>;
  /** Whether its frames are made one by one, because they are too many for one tick. */
  isSlow: boolean;
  /** The frames of channels that are shown at once. */
  sights: readonly Sight[];
  /** When each account is told what concerns it alone; null where nothing does, or `isSlow` says when. */
  own: ReturnType<typeof whenOwn>;
}

/** Above this, frames are not sent in one tick: no client could keep up. */
const maxAtOnce_bytes = 32 * 1024;

/** Returns the sessions of a shift that are shown something, and what; null if there are none. */
export function showingOf(
  app: App,
  scenery: Scenery,
  { scene, shift, budget }: Pick<Showing, 'scene' | 'shift'> & { readonly budget: Budget },
): Showing | null {
  const { joined, gained, lost } = shift;
  if (!joined && gained.length + lost.length === 0) return null;
  const intents = joined ? scenery.spaceIntents : scenery.channelIntents;
  const asked = [...shift.listeners].filter(({ mask }) => intents.some((one) => wants(mask, one)));
  if (asked.length === 0) return null;
  const listeners = new Set(asked);
  if (joined) {
    const isSlow = !scenery.isSmall(app, scene.space_id, maxAtOnce_bytes);
    return { scene, shift, listeners, isSlow, sights: [], own: null };
  }
  const sights = fewSights(app, scenery, { scene, shift });
  const isSlow = sights === null;
  const own = isSlow ? null : whenOwn(app, scenery, { scene, shift, listeners, budget });
  return { scene, shift, listeners, isSlow, sights: sights ?? [], own };
}

/** Tells whether its frames go out in slices, which the session is owed until then. */
export const takesTime = ({ isSlow, own }: Showing): boolean => isSlow || own === 'later';

/** Returns the frames of all channels gained and lost; null if they are too many for one tick. */
function fewSights(
  app: App,
  scenery: Scenery,
  showing: Pick<Showing, 'scene' | 'shift'>,
): Sight[] | null {
  const sights: Sight[] = [];
  let size_bytes = 0;
  for (const item of itemsOf(showing)) {
    for (const sight of sightsOf(app, scenery, showing.scene, item, showing.shift)) {
      sights.push(sight);
      size_bytes += sight.frame.length;
    }
    if (size_bytes > maxAtOnce_bytes) return null;
  }
  return sights;
}

/**
 * Shows what was gained and lost. The last frame for each session carries the seq of the move, or
 * where frames are made one by one, a number of its own.
 */
export function showAll(
  app: App,
  scenery: Scenery,
  showings: readonly Showing[],
  seq: number,
): void {
  const last = new Map<Listener, Showing>();
  for (const showing of showings) {
    for (const listener of showing.listeners) last.set(listener, showing);
  }
  for (const showing of showings) {
    const { scene, shift, listeners, isSlow } = showing;
    const ends = (listener: Listener) => last.get(listener) === showing;
    if (!isSlow && !shift.joined) showAtOnce(app, scenery, showing, { seq, ends });
    else {
      for (const listener of listeners) {
        const frames = shift.joined
          ? scenery.spaceGained(app, listener, scene.space_id)
          : slowly(app, scenery, showing, listener);
        if (isSlow) listener.queue(frames, true);
        else sendNow(listener, frames, seq);
      }
    }
  }
}

/** Sends all frames in this tick. */
function sendNow(listener: Listener, frames: Frames, seq: number): void {
  for (let next = frames.next(seq); !next.done; next = frames.next(seq)) {
    if (typeof next.value === 'string') listener.socket.send(next.value);
  }
}

interface Ending {
  seq: number;
  /** Tells whether the session is shown nothing after this. */
  ends(listener: Listener): boolean;
}

function showAtOnce(app: App, scenery: Scenery, showing: Showing, { seq, ends }: Ending): void {
  const { sights, listeners } = showing;
  const own = showing.own === 'at once' ? ownOfEach(app, scenery, showing) : null;
  for (const [mask, same] of Map.groupBy(listeners, (listener) => listener.mask)) {
    const isFinal = (listener: Listener) => ends(listener) && own?.has(listener) !== true;
    const final = new Set(same.filter(isFinal));
    const others = new Set(same.filter((listener) => !isFinal(listener)));
    const frames = sights.flatMap(({ intent, frame }) => (wants(mask, intent) ? [frame] : []));
    for (const [index, frame] of frames.entries()) {
      const isLast = index === frames.length - 1;
      app.hub.publishTo(final, isLast ? numbered(frame, seq) : frame);
      app.hub.publishTo(others, frame);
    }
  }
  for (const [listener, frames] of own ?? []) {
    for (const [index, frame] of frames.entries()) {
      const isLast = index === frames.length - 1 && ends(listener);
      listener.socket.send(isLast ? numbered(frame, seq) : frame);
    }
  }
  if (showing.own !== 'later') return;
  for (const listener of listeners) {
    const frames = ownLater(app, scenery, showing, listener);
    if (frames !== null) listener.queue(frames, true);
  }
}

interface Item {
  id: string;
  isGained: boolean;
}

function itemsOf({ shift: { lost, gained } }: Pick<Showing, 'shift'>): Item[] {
  return [
    ...lost.map((id) => ({ id, isGained: false })),
    ...gained.map((id) => ({ id, isGained: true })),
  ];
}

/** Returns the frames that show the gain or loss of one channel; `after` is the space as of now. */
function sightsOf(
  app: App,
  scenery: Scenery,
  { before, after }: Pick<Scene, 'before' | 'after'>,
  { id, isGained }: Item,
  { isOfGuests }: Shift,
): Iterable<Sight> {
  if (!isGained) return before ? scenery.channelLost(app, before, id) : [];
  return after ? scenery.channelGained(app, after, id, isOfGuests) : [];
}

/**
 * Makes the frames for one session, each when it is sent; the last one carries a number. Skips
 * channels whose access has changed again: that change has frames and a seq of its own.
 */
function* slowly(
  app: App,
  scenery: Scenery,
  showing: Showing,
  listener: Listener,
): Generator<string | null | typeof aNumber, void, number> {
  const items = itemsOf(showing);
  for (const [index, item] of items.entries()) {
    if (index % silence === silence - 1) yield null;
    // Asked for before the frame is made: what it shows may change while the number is given.
    const seq = item === items.at(-1) ? yield aNumber : null;
    const space = spaceAccess(app, showing.scene.space_id);
    if (views(space, item.id, listener) !== item.isGained) continue;
    const { before } = showing.scene;
    const sights = [...sightsOf(app, scenery, { before, after: space }, item, showing.shift)];
    const frames = sights.flatMap(({ intent, frame }) =>
      wants(listener.mask, intent) ? [frame] : [],
    );
    const own = scenery.ownFrames(app, listener, showing.scene.space_id, {
      gained: item.isGained ? [item.id] : [],
      lost: item.isGained ? [] : [item.id],
    });
    if (seq === null) {
      // One by one: what is said of a message that comes meanwhile must be as of then.
      yield* frames;
      yield* own;
      continue;
    }
    // Nothing comes between frames once the number is given.
    frames.push(...own);
    const last = frames.pop();
    yield* frames;
    if (last !== undefined) yield numbered(last, seq);
  }
}

function views(space: SpaceAccess | null, channel_id: string, listener: Listener): boolean {
  const channel = space?.channels.get(channel_id);
  return channel !== undefined && listener.scopes.has(scope.class(channel.class_id));
}

/** Returns the frame of an event with a seq added. */
export function numbered(frame: string, seq: number): string {
  return frame.replace('"data":', `"seq":${seq},"data":`);
}
