// When access changes: updates subscriptions, and marks the sessions that RESUME must refuse.

/*
  in the turn    an event is told that moves a space or a member, such as role.update
                   changed()  from here on the turn reads past the cache
                   plan()     one scene for each space: as it was at the last commit, as it is now
                     away     sessions without a socket get a mark, and RESUME is refused
                     here     sessions that hear the same and will hear the same form a shift
  commit ------------------------------------------------------------------------------------
  after it       before()    subscribes those who gain, ends at once what must not be heard any more
                 publish     the events of the turn go out
                 after()     unsubscribes, then shows what was gained and lost (channel.create,
                             channel.delete); the last frame carries the number of the move.
 */

import type { AccessMoves, App, MovePlan, ToldFacts, Turn } from '../app.ts';
import { hearingDiffers } from '../access/hearing-change.ts';
import { memberHearingDiffers, spacesOf } from '../access/hearing.ts';
import {
  changesChannel,
  changesMember,
  changesSpace,
  memberAccess,
  memberBefore,
  spaceAccess,
  spaceBefore,
} from '../access/load.ts';
import type { Move } from '../events/event.ts';
import type { Listener } from '../events/hub.ts';
import { wants } from '../events/intents.ts';
import { holdsOf } from './holds.ts';
import { budgetOfTurn } from './own-frames.ts';
import { retiredWith, shiftsOf } from './shifts.ts';
import {
  showAll,
  showingOf,
  takesTime,
  type Scene,
  type Scenery,
  type Shift,
  type Showing,
} from './showing.ts';
import { markMoved, parkedInSpace, parkedOfUser, type Moved } from './store.ts';

/** Makes the handler of access moves; `scenery` makes its frames. */
export function createMoves(scenery: Scenery): AccessMoves {
  return {
    changed({ app, tx }, move) {
      if (move.channel_id !== undefined) changesChannel(app, move.channel_id);
      else if (move.space_id === undefined) {
        for (const space_id of spacesOf(tx, move.user_id)) {
          changesMember(app, space_id, move.user_id);
        }
      } else if (move.user_id === undefined) changesSpace(app, move.space_id);
      else changesMember(app, move.space_id, move.user_id);
    },
    plan: (turn, told) => plan(turn, told, scenery),
  };
}

function plan(turn: Turn, all: readonly ToldFacts[], scenery: Scenery): MovePlan | null {
  const { app } = turn;
  const last = all.findLastIndex(({ move }) => move !== null);
  const told = all.slice(0, last + 1);
  // The number is above the last event that moved access, and below all later ones.
  const seq = all[last]?.moved_seq;
  if (seq === undefined) return null;
  const moves = told.flatMap(({ move }) => (move === null ? [] : [move]));
  const marks = new Map<string, Moved>();
  const shifts: Shift[] = [];
  const showings: Showing[] = [];
  const retired: string[] = [];
  const budget = budgetOfTurn();
  for (const scene of scenesOf(turn, moves)) {
    retired.push(...retiredWith(scene));
    for (const id of parkedAffected(turn, scene)) marks.set(id, { seq, owed: false });
    for (const shift of shiftsOf(turn, scene)) {
      shifts.push(shift);
      const showing = showingOf(app, scenery, { scene, shift, budget });
      if (showing !== null) showings.push(showing);
      for (const listener of shift.listeners) {
        const isShown = showing?.listeners.has(listener) ?? false;
        const own = isShown ? seq : lastHeard(listener, shift, told);
        const before = marks.get(listener.id);
        marks.set(listener.id, {
          seq: Math.max(own ?? seq, before?.seq ?? 0),
          owed: before?.owed || (isShown && showing !== null && takesTime(showing)),
        });
      }
    }
  }
  if (marks.size === 0) return null;
  if (retired.length > 0) turn.afterwards(() => void tidy(app));
  markMoved(turn.tx, marks);
  return {
    before() {
      for (const one of retired) app.hub.retire(one);
      for (const { listeners, subscribe, ended } of shifts) {
        for (const listener of listeners) {
          for (const one of ended) app.hub.unsubscribe(listener, one);
          for (const one of subscribe) app.hub.subscribe(listener, one);
        }
      }
    },
    gainers: gainersOf(showings),
    after() {
      for (const { listeners, unsubscribe } of shifts) {
        for (const listener of listeners) {
          for (const one of unsubscribe) app.hub.unsubscribe(listener, one);
        }
      }
      showAll(app, scenery, showings, seq);
    },
  };
}

/** As many subscriptions as end in about a millisecond. */
const tidySlice = 2_000;

/** Takes sessions out of retired scopes, with pauses for other work. */
async function tidy({ hub }: App): Promise<void> {
  while (hub.tidy(tidySlice)) await Bun.sleep(1);
}

/**
 * Returns the seq of the last event of the turn that a session hears; null if there is none. A
 * session that is shown nothing is complete with that event: no frame carries the move's own seq.
 */
function lastHeard(listener: Listener, shift: Shift, told: readonly ToldFacts[]): number | null {
  const { subscribe, ended } = shift;
  const hears = (one: string) =>
    subscribe.has(one) || (listener.scopes.has(one) && !ended.has(one));
  const last = told.findLast(
    ({ seq, scopes, intent }) => seq !== null && wants(listener.mask, intent) && scopes.some(hears),
  );
  return last?.seq ?? null;
}

/** Returns a function that finds the sessions that are shown a channel, which they gained. */
function gainersOf(showings: readonly Showing[]): MovePlan['gainers'] {
  const groups = new Map<string, ReadonlySet<Listener>[]>();
  for (const { shift, listeners } of showings) {
    for (const id of shift.gained) {
      const known = groups.get(id);
      if (known) known.push(listeners);
      else groups.set(id, [listeners]);
    }
  }
  return (channel_id) => {
    const found = groups.get(channel_id);
    return found && new Set(found.flatMap((listeners) => [...listeners]));
  };
}

function scenesOf(turn: Turn, moves: readonly Move[]): Scene[] {
  const scenes = new Map<string, Scene>();
  const sceneOf = (space_id: string): Scene => {
    let scene = scenes.get(space_id);
    if (scene === undefined) {
      const after = spaceAccess(turn.app, space_id);
      const was = spaceBefore(turn.app, space_id);
      scene = {
        space_id,
        everyone: false,
        user_ids: new Set(),
        accounts: new Set(),
        before: was === undefined ? after : was,
        isKnown: was !== undefined,
        after,
      };
      scenes.set(space_id, scene);
    }
    return scene;
  };
  for (const { space_id, user_id, channel_id } of moves) {
    if (channel_id !== undefined) continue;
    if (space_id === undefined) {
      for (const id of spacesOf(turn.tx, user_id)) sceneOf(id).accounts.add(user_id);
    } else if (user_id === undefined) sceneOf(space_id).everyone = true;
    else sceneOf(space_id).user_ids.add(user_id);
  }
  return [...scenes.values()];
}

/** Returns dropped sessions whose scopes may have changed: RESUME will refuse them. */
function parkedAffected({ app, tx }: Turn, scene: Scene): string[] {
  const { space_id, everyone, user_ids, accounts, isKnown, before, after } = scene;
  const ids: string[] = [];
  const affected = new Set(accounts);
  const isRole = (id: string) => before?.roles.has(id) || after?.roles.has(id) || false;
  for (const user_id of user_ids) {
    const was = memberBefore(app, space_id, user_id);
    const is = memberAccess(app, space_id, user_id);
    if (was === undefined || memberHearingDiffers(was, is, isRole)) affected.add(user_id);
  }
  for (const user_id of affected) ids.push(...parkedOfUser(tx, user_id));
  const isSame = isKnown && before !== null && after !== null && !hearingDiffers(before, after);
  const all = everyone && !isSame;
  if (all) ids.push(...parkedInSpace(tx, space_id));
  for (const [id, user_id] of holdsOf(app).leaving) {
    if (affected.has(user_id) || (all && memberAccess(app, space_id, user_id) !== null)) {
      ids.push(id);
    }
  }
  return ids;
}
