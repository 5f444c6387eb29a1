// What one account alone is told when channels come into view or go: a few at once, more in slices.
import type { App } from '../app.ts';
import type { SpaceAccess } from '../access/evaluate.ts';
import { aNumber, type Listener } from '../events/hub.ts';

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

/** So many channels are looked up for all sessions of a shift together before others have their turn. */
const maxAtOnce = 32;
/** So many channels may be passed over in silence before others have their turn. */
const silence = 20;

/** Tells when each account is told what concerns it alone; null where nothing does. */
export function whenOwn(
  app: App,
  scenery: OwnScenery,
  { scene: { after }, shift, listeners }: Told,
): 'at once' | 'later' | null {
  if (shift.isOfGuests || after === null || !scenery.mayConcern(app, after, shift)) return null;
  const count = listeners.size * (shift.gained.length + shift.lost.length);
  return count <= maxAtOnce ? 'at once' : 'later';
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

/**
 * The same for one session, each frame made when it is sent, since live events overtake them. The last
 * one carries a number of its own.
 */
export function* ownLater(
  app: App,
  scenery: OwnScenery,
  { scene: { space_id }, shift: { gained, lost } }: Omit<Told, 'listeners'>,
  listener: Listener,
): Generator<string | null | typeof aNumber, void, number> {
  const changes: Change[] = [
    ...gained.map((id) => ({ gained: [id], lost: [] })),
    ...lost.map((id) => ({ gained: [], lost: [id] })),
  ];
  let isAny = false;
  for (const [index, change] of changes.entries()) {
    for (const frame of scenery.ownFrames(app, listener, space_id, change)) {
      isAny = true;
      yield frame;
    }
    if (index % silence === silence - 1) yield null;
  }
  if (!isAny) return;
  const last = scenery.accountFrame(app, listener, yield aNumber);
  if (last !== null) yield last;
}
