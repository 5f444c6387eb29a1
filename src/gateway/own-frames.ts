// What one account alone is told when channels come into view or go: a few at once, more in slices.
import type { App } from '../app.ts';
import type { SpaceAccess } from '../access/evaluate.ts';
import { aNumber, type Frames, type Listener } from '../events/hub.ts';

/** Ids of the channels that came into view, and of those that went out of it. */
export interface Change {
  readonly gained: readonly string[];
  readonly lost: readonly string[];
}

/** The frames of features for one account; a part of the scenery. */
export interface OwnScenery {
  /** Tells whether a change of channels may have to be told to one account otherwise than to others. */
  mayConcern(app: App, space: SpaceAccess, change: Change): boolean;
  /** Returns what this account alone is told of it, after the channels themselves. */
  ownFrames(app: App, listener: Listener, space_id: string, change: Change): Iterable<string>;
  /** Returns a frame that every session may have, with a number; null if there is no account. */
  accountFrame(app: App, listener: Listener, seq: number): string | null;
}

interface Told {
  readonly scene: { readonly space_id: string; readonly after: SpaceAccess | null };
  readonly shift: Change & { readonly isOfGuests: boolean };
  readonly listeners: ReadonlySet<Listener>;
}

/** How many channels of sessions may still be looked up at once, for all that one turn has changed. */
export interface Budget {
  left: number;
}

export const budgetOfTurn = (): Budget => ({ left: 32 });

/** So many channels may be passed over in silence before others have their turn. */
export const silence = 20;

/** Tells when each account is told what concerns it alone; null where nothing does. */
export function whenOwn(
  app: App,
  scenery: OwnScenery,
  { scene: { after }, shift, listeners, budget }: Told & { readonly budget: Budget },
): 'at once' | 'later' | null {
  if (shift.isOfGuests || after === null || !scenery.mayConcern(app, after, shift)) return null;
  const count = listeners.size * (shift.gained.length + shift.lost.length);
  if (count > budget.left) return 'later';
  budget.left -= count;
  return 'at once';
}

/** Returns the sessions of those whom something concerns alone, with the frames of that. */
export function ownOfEach(
  app: App,
  scenery: OwnScenery,
  { scene, shift, listeners }: Told,
): Map<Listener, string[]> {
  const each = Array.from(listeners, (listener): [Listener, string[]] => [
    listener,
    [...scenery.ownFrames(app, listener, scene.space_id, shift)],
  ]);
  return new Map(each.filter(([, frames]) => frames.length > 0));
}

/** Channels that came and went since a session was told last. */
interface Waiting {
  readonly gained: Set<string>;
  readonly lost: Set<string>;
}

/** What each session is still to be told, by space: who hides and shows a channel in turn makes no queue. */
const waiting = new WeakMap<Listener, Map<string, Waiting>>();

/** Returns the same for one session, made later; null where what waits already will tell it. */
export function ownLater(
  app: App,
  scenery: OwnScenery,
  { scene: { space_id }, shift }: Omit<Told, 'listeners'>,
  listener: Listener,
): Frames | null {
  const spaces = waiting.get(listener) ?? new Map<string, Waiting>();
  waiting.set(listener, spaces);
  const known = spaces.get(space_id);
  const { gained, lost } = known ?? { gained: new Set(), lost: new Set() };
  for (const id of shift.gained) {
    lost.delete(id);
    gained.add(id);
  }
  for (const id of shift.lost) {
    gained.delete(id);
    lost.add(id);
  }
  if (known !== undefined) return null;
  spaces.set(space_id, { gained, lost });
  return waitingFrames(app, scenery, { listener, space_id });
}

/**
 * Each frame is made when it is sent, since live events overtake them. The last one carries a number
 * of its own.
 */
function* waitingFrames(
  app: App,
  scenery: OwnScenery,
  { listener, space_id }: { listener: Listener; space_id: string },
): Generator<string | null | typeof aNumber, void, number> {
  const spaces = waiting.get(listener);
  let isAny = false;
  for (let looked = 1; ; looked += 1) {
    const change = taken(spaces?.get(space_id));
    if (change === null) break;
    for (const frame of scenery.ownFrames(app, listener, space_id, change)) {
      isAny = true;
      yield frame;
    }
    if (looked % silence === 0) yield null;
  }
  // What comes from here on has frames of its own.
  spaces?.delete(space_id);
  if (!isAny) return;
  const last = scenery.accountFrame(app, listener, yield aNumber);
  if (last !== null) yield last;
}

/** Takes out one channel; null where none is left. */
function taken({ gained, lost }: Waiting = { gained: new Set(), lost: new Set() }): Change | null {
  for (const id of gained) {
    gained.delete(id);
    return { gained: [id], lost: [] };
  }
  for (const id of lost) {
    lost.delete(id);
    return { gained: [], lost: [id] };
  }
  return null;
}
