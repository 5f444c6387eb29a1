// When access changes: who hears what from now on, and how those are told who gain or lose a channel.
import type { AccessMoves, App, MovePlan, Turn } from '../app.ts';
import type { MemberAccess, SpaceAccess } from '../access/evaluate.ts';
import {
  allScopes,
  hearingDiffers,
  memberHearingDiffers,
  readerOf,
  scopesInSpace,
  spacesOf,
} from '../access/hearing.ts';
import {
  changesMember,
  changesSpace,
  memberAccess,
  memberBefore,
  spaceAccess,
  spaceBefore,
} from '../access/load.ts';
import { scope } from '../events/audience.ts';
import type { Move } from '../events/event.ts';
import type { Listener } from '../events/hub.ts';
import { wants } from '../events/intents.ts';
import { markMoved, parkedInSpace, parkedOfUser } from './store.ts';

/** The frames by which features make a change of access visible; handed over by the server. */
export interface Scenery {
  /** The bit of the intent under which channels are told. */
  channelIntent: number | null;
  /** Channels of a space that came into view. */
  channelsGained(app: App, space_id: string, channel_ids: readonly string[]): Iterable<string>;
  /** Channels that went out of view. */
  channelsLost(before: SpaceAccess, channel_ids: readonly string[]): Iterable<string>;
  /** All that a member sees of a space that was just joined, after `space.create`. */
  spaceGained(app: App, listener: Listener, space_id: string): Iterable<string>;
}

/** What one group of sessions, which heard and will hear the same, goes through. */
interface Shift {
  listeners: Set<Listener>;
  subscribe: string[];
  unsubscribe: string[];
  /** Came to the whole space, not only to some of its channels. */
  joined: boolean;
  gained: string[];
  lost: string[];
}

interface Scene {
  space_id: string;
  /** Whether the space itself changed, for all its members. */
  everyone: boolean;
  /** Whose membership changed. */
  user_ids: Set<string>;
  before: SpaceAccess | null;
  after: SpaceAccess | null;
}

/** The engine of moved access; `scenery` makes the frames. */
export function createMoves(scenery: Scenery): AccessMoves {
  return {
    changed({ app, tx }, move) {
      if (move.space_id === undefined) {
        for (const space_id of spacesOf(tx, move.user_id)) {
          changesMember(app, space_id, move.user_id);
        }
      } else if (move.user_id === undefined) changesSpace(app, move.space_id);
      else changesMember(app, move.space_id, move.user_id);
    },
    plan: (turn, moves) => plan(turn, moves, scenery),
  };
}

function plan(turn: Turn, moves: readonly Move[], scenery: Scenery): MovePlan | null {
  const { app } = turn;
  const shifts: { scene: Scene; shift: Shift }[] = [];
  const moved = new Set<string>();
  for (const scene of scenesOf(turn, moves)) {
    for (const id of parkedAffected(turn, scene)) moved.add(id);
    for (const shift of shiftsOf(turn, scene).values()) {
      shifts.push({ scene, shift });
      for (const { id } of shift.listeners) moved.add(id);
    }
  }
  if (moved.size === 0) return null;
  const seq = turn.nextSeq();
  markMoved(turn.tx, [...moved], seq);
  return {
    before() {
      for (const { shift } of shifts) {
        // Who is about to be told of new channels hears their events only after that.
        if (shift.joined || shift.gained.length === 0) subscribe(app, shift);
      }
    },
    after() {
      for (const { scene, shift } of shifts) {
        for (const listener of shift.listeners) {
          for (const one of shift.unsubscribe) app.hub.unsubscribe(listener, one);
        }
        if (!shift.joined && shift.gained.length > 0) subscribe(app, shift);
        show(app, scene, shift, scenery, seq);
      }
    },
  };
}

function subscribe(app: App, { listeners, subscribe: scopes }: Shift): void {
  for (const listener of listeners) for (const one of scopes) app.hub.subscribe(listener, one);
}

/** Tells what came into view and what went; the last frame carries the number of the move. */
function show(app: App, scene: Scene, shift: Shift, scenery: Scenery, seq: number): void {
  if (shift.joined) {
    for (const listener of shift.listeners) {
      const frames = scenery.spaceGained(app, listener, scene.space_id);
      listener.queue(lastNumbered(frames, seq));
    }
    return;
  }
  const frames: string[] = [];
  if (scene.before !== null && scene.after !== null) {
    frames.push(...scenery.channelsLost(scene.before, shift.lost));
    frames.push(...scenery.channelsGained(app, scene.space_id, shift.gained));
  }
  const asked = new Set(
    [...shift.listeners].filter(({ mask }) => wants(mask, scenery.channelIntent)),
  );
  for (const frame of lastNumbered(frames, seq)) app.hub.publishTo(asked, frame);
}

/** The same frames, the last one with a number. */
function* lastNumbered(frames: Iterable<string>, seq: number): Generator<string, void> {
  let held: string | null = null;
  for (const frame of frames) {
    if (held !== null) yield held;
    held = frame;
  }
  if (held !== null) yield held.replace('"data":', `"seq":${seq},"data":`);
}

function scenesOf(turn: Turn, moves: readonly Move[]): Scene[] {
  const scenes = new Map<string, Scene>();
  const sceneOf = (space_id: string): Scene => {
    let scene = scenes.get(space_id);
    if (scene === undefined) {
      const after = spaceAccess(turn.app, space_id);
      const was = spaceBefore(turn.app, space_id);
      const before = was === undefined ? after : was;
      scene = { space_id, everyone: false, user_ids: new Set(), before, after };
      scenes.set(space_id, scene);
    }
    return scene;
  };
  for (const { space_id, user_id } of moves) {
    if (space_id === undefined) {
      for (const id of spacesOf(turn.tx, user_id)) sceneOf(id).user_ids.add(user_id);
    } else if (user_id === undefined) sceneOf(space_id).everyone = true;
    else sceneOf(space_id).user_ids.add(user_id);
  }
  return [...scenes.values()];
}

/** Dropped sessions whose hearing may have changed: RESUME will refuse them. */
function parkedAffected({ app, tx }: Turn, scene: Scene): string[] {
  const { space_id, everyone, user_ids, before, after } = scene;
  const same = before !== null && after !== null && !hearingDiffers(before, after);
  const ids = everyone && !same ? parkedInSpace(tx, space_id) : [];
  for (const user_id of user_ids) {
    const was = memberBefore(app, space_id, user_id);
    const is = memberAccess(app, space_id, user_id);
    if (was === undefined || memberHearingDiffers(was, is)) ids.push(...parkedOfUser(tx, user_id));
  }
  return ids;
}

/** The live sessions that a scene concerns. */
function listenersOf(app: App, { space_id, everyone, user_ids }: Scene): Set<Listener> {
  const listeners = new Set<Listener>(everyone ? app.hub.of(scope.space(space_id)) : []);
  for (const user_id of user_ids) {
    for (const listener of app.hub.of(scope.user(user_id))) listeners.add(listener);
  }
  return listeners;
}

function shiftsOf({ app }: Turn, scene: Scene): Map<string, Shift> {
  const { before, after } = scene;
  const all = new Set([
    ...(before === null ? [] : allScopes(before)),
    ...(after === null ? [] : allScopes(after)),
  ]);
  const hearing = new Map<string, readonly string[]>();
  const shifts = new Map<string, Shift>();
  for (const listener of listenersOf(app, scene)) {
    let will = hearing.get(listener.user_id);
    if (will === undefined) {
      will = after === null ? [] : willHear(app, after, listener.user_id);
      hearing.set(listener.user_id, will);
    }
    const hears = [...all].filter((one) => listener.scopes.has(one));
    const key = `${hears.join()}|${will.join()}`;
    let shift = shifts.get(key);
    if (shift === undefined) {
      shift = shiftBetween(scene, hears, will);
      shifts.set(key, shift);
    }
    shift.listeners.add(listener);
  }
  for (const [key, shift] of shifts) {
    const { subscribe: more, unsubscribe: less, gained, lost } = shift;
    if (more.length + less.length + gained.length + lost.length === 0) shifts.delete(key);
  }
  return shifts;
}

function willHear(app: App, space: SpaceAccess, user_id: string): readonly string[] {
  const member: MemberAccess | null = memberAccess(app, space.id, user_id);
  return scopesInSpace(space, member, readerOf(app.db, user_id));
}

function shiftBetween(
  { space_id, before, after }: Scene,
  hears: readonly string[],
  will: readonly string[],
): Shift {
  const seen = visible(before, hears);
  const sees = visible(after, will);
  const whole = scope.space(space_id);
  const stays = hears.includes(whole) && will.includes(whole);
  return {
    listeners: new Set(),
    subscribe: will.filter((one) => !hears.includes(one)),
    unsubscribe: hears.filter((one) => !will.includes(one)),
    joined: !hears.includes(whole) && will.includes(whole),
    // Channels that were made or deleted in this turn are told by events of their own.
    gained: stays ? [...sees].filter((id) => !seen.has(id) && before?.channels.has(id)) : [],
    lost: stays ? [...seen].filter((id) => !sees.has(id) && after?.channels.has(id)) : [],
  };
}

function visible(space: SpaceAccess | null, scopes: readonly string[]): Set<string> {
  const heard = new Set(scopes);
  const ids = new Set<string>();
  for (const { id, class_id } of space?.channels.values() ?? []) {
    if (class_id !== null && heard.has(scope.class(class_id))) ids.add(id);
  }
  return ids;
}
