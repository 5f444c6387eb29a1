// How those who gain or lose channels are told: at once where it is little, else as fast as they read.
import type { App } from '../app.ts';
import type { SpaceAccess } from '../access/evaluate.ts';
import { spaceAccess } from '../access/load.ts';
import { scope } from '../events/audience.ts';
import type { Frames, Listener } from '../events/hub.ts';
import { wants } from '../events/intents.ts';

/** A frame without a number, and the bit of the intent that a session needs to be shown it. */
export interface Sight {
  intent: number | null;
  frame: string;
}

/** The frames by which features make a change of access visible; handed over by the server. */
export interface Scenery {
  /** A session needs one of these to be shown anything of a channel. */
  channelIntents: readonly (number | null)[];
  /** A session needs one of these to be shown anything of a space that it came to. */
  spaceIntents: readonly (number | null)[];
  /** A channel of the space as it is now, and who is in it. */
  channelGained(app: App, space: SpaceAccess, channel_id: string): Iterable<Sight>;
  channelLost(app: App, before: SpaceAccess, channel_id: string): Iterable<Sight>;
  /**
   * All that a member sees of a space that was just joined, after `space.create`. The last frame
   * carries `number`, asked for when that frame is made.
   */
  spaceGained(app: App, listener: Listener, space_id: string, number: () => number): Frames;
}

/** What one group of sessions, which heard and will hear the same, goes through. */
export interface Shift {
  listeners: Set<Listener>;
  subscribe: string[];
  unsubscribe: string[];
  /** The part of them that ends first: who leaves hears of the channels no more, of the space to the last. */
  ended: string[];
  /** Came to the whole space, not only to some of its channels. */
  joined: boolean;
  gained: string[];
  lost: string[];
}

export interface Scene {
  space_id: string;
  /** Whether the space itself changed, for all its members. */
  everyone: boolean;
  /** Whose membership changed. */
  user_ids: Set<string>;
  /** Whose account changed, and with it the hearing in all spaces. */
  accounts: Set<string>;
  before: SpaceAccess | null;
  /** Whether `before` is known; else it is taken to be as after. */
  isKnown: boolean;
  after: SpaceAccess | null;
}

/** What these sessions are shown because their access moved. */
export interface Showing {
  scene: Scene;
  shift: Shift;
  listeners: Set<Listener>;
}

/** More than this is not sent in one tick: no reader could keep up. */
const maxAtOnce_bytes = 32 * 1024;

/** Who of a shift is shown something; null for nobody. */
export function showingOf(scenery: Scenery, scene: Scene, shift: Shift): Showing | null {
  const { joined, gained, lost } = shift;
  if (!joined && gained.length + lost.length === 0) return null;
  const intents = joined ? scenery.spaceIntents : scenery.channelIntents;
  const asked = [...shift.listeners].filter(({ mask }) => intents.some((one) => wants(mask, one)));
  return asked.length === 0 ? null : { scene, shift, listeners: new Set(asked) };
}

/** Tells what came into view and what went; the last frame for each session carries the number of the move. */
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
    const ends = (listener: Listener) => last.get(listener) === showing;
    if (showing.shift.joined) showSpace(app, scenery, showing, seq);
    else showChannels(app, scenery, showing, { seq, ends });
  }
}

function showSpace(app: App, scenery: Scenery, { scene, listeners }: Showing, seq: number): void {
  for (const listener of listeners) {
    const { number, later } = numberOf(app, seq);
    listener.queue(scenery.spaceGained(app, listener, scene.space_id, number), true);
    later();
  }
}

/** The number of a last frame: that of the move, or, when it goes out later, one that is not below others sent since. */
function numberOf(app: App, seq: number) {
  let isNow = true;
  return {
    number: () => (isNow ? seq : Math.max(seq, app.seq())),
    later: () => {
      isNow = false;
    },
  };
}

interface Ending {
  seq: number;
  /** Whether this is the last thing that a session is shown. */
  ends(listener: Listener): boolean;
}

function showChannels(app: App, scenery: Scenery, showing: Showing, { seq, ends }: Ending): void {
  const sights = itemsOf(showing).flatMap((item) => [...sightsOf(app, scenery, showing, item)]);
  const size_bytes = sights.reduce((sum, { frame }) => sum + frame.length, 0);
  if (size_bytes > maxAtOnce_bytes) {
    for (const listener of showing.listeners) {
      const { number, later } = numberOf(app, seq);
      const last = ends(listener) ? number : null;
      listener.queue(slowly(app, scenery, showing, listener, last), true);
      later();
    }
    return;
  }
  for (const [mask, listeners] of Map.groupBy(showing.listeners, (listener) => listener.mask)) {
    const final = new Set(listeners.filter(ends));
    const others = new Set(listeners.filter((listener) => !ends(listener)));
    const frames = sights.flatMap(({ intent, frame }) => (wants(mask, intent) ? [frame] : []));
    for (const [index, frame] of frames.entries()) {
      const isLast = index === frames.length - 1;
      app.hub.publishTo(final, isLast ? numbered(frame, seq) : frame);
      app.hub.publishTo(others, frame);
    }
  }
}

interface Item {
  id: string;
  isGained: boolean;
}

function itemsOf({ shift: { lost, gained } }: Showing): Item[] {
  return [
    ...lost.map((id) => ({ id, isGained: false })),
    ...gained.map((id) => ({ id, isGained: true })),
  ];
}

/** What is shown of one channel, as it is now. */
function sightsOf(app: App, scenery: Scenery, { scene }: Showing, item: Item): Iterable<Sight> {
  if (!item.isGained) return scene.before ? scenery.channelLost(app, scene.before, item.id) : [];
  const space = spaceAccess(app, scene.space_id);
  return space ? scenery.channelGained(app, space, item.id) : [];
}

/**
 * The same for one session, each frame as things are when it is made, the last one with the number;
 * nothing that has changed again, which was told with a number of its own.
 */
function* slowly(
  app: App,
  scenery: Scenery,
  showing: Showing,
  listener: Listener,
  number: (() => number) | null,
): Generator<string, void> {
  const items = itemsOf(showing);
  for (const item of items) {
    const space = spaceAccess(app, showing.scene.space_id);
    if (views(space, item.id, listener) !== item.isGained) continue;
    const sights = [...sightsOf(app, scenery, showing, item)];
    const frames = sights.flatMap(({ intent, frame }) =>
      wants(listener.mask, intent) ? [frame] : [],
    );
    const last = frames.pop();
    yield* frames;
    if (last === undefined) continue;
    yield number !== null && item === items.at(-1) ? numbered(last, number()) : last;
  }
}

function views(space: SpaceAccess | null, channel_id: string, listener: Listener): boolean {
  const channel = space?.channels.get(channel_id);
  return channel !== undefined && listener.scopes.has(scope.class(channel.class_id));
}

/** A frame of an event, with a number. */
export function numbered(frame: string, seq: number): string {
  return frame.replace('"data":', `"seq":${seq},"data":`);
}
