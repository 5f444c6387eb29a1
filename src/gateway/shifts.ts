// Computes how the subscriptions of live sessions change when access moves, once for all who hear the same.
import type { App, Turn } from '../app.ts';
import type { MemberAccess, Reader, SpaceAccess } from '../access/evaluate.ts';
import { scopesOfGuest } from '../access/guests.ts';
import { hearingChange, type HearingChange } from '../access/hearing-change.ts';
import {
  adminsAmong,
  allScopes,
  readerOf,
  scopesInSpace,
  scopesOfClass,
  scopesOfSpace,
} from '../access/hearing.ts';
import { memberAccess, memberBefore } from '../access/load.ts';
import { scope } from '../events/audience.ts';
import type { Listener } from '../events/hub.ts';
import type { Scene, Shift } from './showing.ts';

/** What one group of sessions hears before and after, among the scopes that may differ. */
interface Hearing {
  hears: ReadonlySet<string>;
  will: ReadonlySet<string>;
}

/** Returns the changes of subscriptions that follow from a scene; sessions that change alike share one. */
export function shiftsOf({ app }: Turn, scene: Scene): Shift[] {
  const shifts = new Shifts(scene);
  const alone = new Set<Listener>();
  for (const user_id of [...scene.user_ids, ...scene.accounts]) {
    for (const listener of app.hub.of(scope.user(user_id))) alone.add(listener);
  }
  if (scene.everyone) {
    for (const { listeners, change } of concernedBy(app, scene, alone)) {
      shifts.take(change, groupsOf(app, scene, listeners, change));
    }
  }
  shifts.take(null, hearingOfEach(app, scene, alone));
  return shifts.all();
}

interface Concerned {
  listeners: Listener[];
  /** Null: any scope of the space may differ. */
  change: HearingChange | null;
}

/**
 * Returns the live sessions that a change of the space itself may concern. Those that have to be
 * looked at one by one are added to `alone`; sessions that hear what they heard cost nothing.
 */
function concernedBy(app: App, scene: Scene, alone: Set<Listener>): Concerned[] {
  const { space_id, isKnown, before, after } = scene;
  if (after === null) return [{ listeners: [...app.hub.of(scope.space(space_id))], change: null }];
  for (const guest of guestsThatDiffer(app, scene)) alone.add(guest);
  if (!isKnown || before === null) {
    // Without the space as it was, only the session itself tells what it hears.
    for (const listener of app.hub.of(scope.space(space_id))) alone.add(listener);
    return [];
  }
  const change = hearingChange(before, after);
  if (change === null) return [];
  const listeners: Listener[] = [];
  for (const listener of app.hub.of(scope.space(space_id))) {
    if (listener.guest_of !== null || alone.has(listener)) continue;
    const { user_id } = listener;
    const member = memberBefore(app, space_id, user_id);
    // Roles that are read only now may lack one that is deleted in this turn.
    if (!member || change.user_ids.includes(user_id)) alone.add(listener);
    else if (concerns(change, member)) listeners.push(listener);
  }
  return [{ listeners, change }];
}

function concerns({ role_ids }: HearingChange, member: MemberAccess): boolean {
  return role_ids === null || member.role_ids.some((id) => role_ids.has(id));
}

/** Returns the guests of the space, unless they certainly hear what they heard. */
function guestsThatDiffer(app: App, { space_id, isKnown, before, after }: Scene): Listener[] {
  const guests = [...app.hub.of(scope.guests(space_id))];
  if (guests.length === 0 || !isKnown || before === null || after === null) return guests;
  const open = (space: SpaceAccess) => visible(space, new Set(scopesOfGuest(space)));
  const [was, is] = [open(before), open(after)];
  const isSame =
    was.size === is.size &&
    [...was].every(([id, class_id]) => is.get(id) === class_id) &&
    scopesOfGuest(before).join() === scopesOfGuest(after).join();
  return isSame ? [] : guests;
}

/** A group of sessions with what each of them hears now and will hear. */
type Group = Hearing & { listeners: Iterable<Listener>; isOfGuests?: boolean };

/**
 * Groups sessions of members by what decides about their hearing: administering, owning, the same
 * roles, or an overwrite of their own. Members of a group hear the same, before and after.
 */
function* groupsOf(
  app: App,
  scene: Scene,
  listeners: readonly Listener[],
  change: HearingChange | null,
): Generator<Group> {
  const { space_id, before, after } = scene;
  if (after === null) {
    // To end what a session does not hear does no harm. The scopes of classes are retired.
    const hears = new Set(before === null ? [] : scopesOfSpace(before));
    yield { listeners, hears, will: new Set() };
  }
  if (before === null || after === null) return;
  const user_ids = [...new Set(listeners.map(({ user_id }) => user_id))];
  const admins = adminsAmong(app.db, user_ids);
  const scopes = scopesThatDiffer(scene, change);
  const narrow = narrowed(after, change);
  const named = namedIn([narrowed(before, change), narrow]);
  const keyOf = (user_id: string): string => {
    if (admins.has(user_id) || user_id === after.owner_id) return 'all';
    const roles = memberAccess(app, space_id, user_id)?.role_ids.join() ?? '';
    return named.has(user_id) ? `${roles} ${user_id}` : roles;
  };
  for (const group of Map.groupBy(listeners, ({ user_id }) => keyOf(user_id)).values()) {
    const [first] = group;
    if (first === undefined) continue;
    const { user_id: id } = first;
    const reader: Reader = { id, is_admin: admins.has(id) };
    const will = scopesInSpace(narrow, memberAccess(app, space_id, id), reader);
    const hears = new Set([...scopes].filter((one) => first.scopes.has(one)));
    if (app.strict) refuseOthers(group, scopes, hears);
    yield { listeners: group, hears, will: new Set(will.filter((one) => scopes.has(one))) };
  }
}

/** In tests: throws if a session of a group hears other scopes than the first one. */
function refuseOthers(
  group: readonly Listener[],
  among: ReadonlySet<string>,
  hears: ReadonlySet<string>,
): void {
  for (const { user_id, scopes } of group) {
    const other = [...among].find((one) => scopes.has(one) !== hears.has(one));
    if (other !== undefined) throw new Error(`${user_id} and others with its roles: ${other}`);
  }
}

/** Returns the scopes of the classes of a space that is gone: nobody hears them any more. */
export function retiredWith({ before, after }: Scene): string[] {
  return before === null || after !== null ? [] : [...before.classes.keys()].flatMap(scopesOfClass);
}

/** Compares all scopes of the space for each of these sessions. */
function* hearingOfEach(app: App, scene: Scene, alone: Iterable<Listener>): Generator<Group> {
  const { after } = scene;
  const all = scopesThatDiffer(scene, null);
  const hearing = new Map<string, ReadonlySet<string>>();
  for (const listener of alone) {
    let will = hearing.get(listener.user_id);
    if (will === undefined) {
      will = new Set(after === null ? [] : willHear(app, after, listener));
      hearing.set(listener.user_id, will);
    }
    const hears = new Set([...all].filter((one) => listener.scopes.has(one)));
    yield { listeners: [listener], isOfGuests: listener.guest_of !== null, hears, will };
  }
}

function willHear(app: App, space: SpaceAccess, listener: Listener): readonly string[] {
  const { user_id, guest_of } = listener;
  if (guest_of !== null) return guest_of === space.id ? scopesOfGuest(space) : [];
  const member = memberAccess(app, space.id, user_id);
  return scopesInSpace(space, member, readerOf(app.db, user_id));
}

function scopesThatDiffer({ before, after }: Scene, change: HearingChange | null): Set<string> {
  if (change?.classes) return new Set([...change.classes].flatMap(scopesOfClass));
  return new Set([before, after].flatMap((space) => (space === null ? [] : allScopes(space))));
}

/** Returns the space with those of its classes that may have other listeners. */
function narrowed(space: SpaceAccess, change: HearingChange | null): SpaceAccess {
  const wanted = change?.classes;
  if (!wanted) return space;
  const classes = new Map([...space.classes].filter(([id]) => wanted.has(id)));
  return { ...space, classes };
}

/** The accounts that overwrites of the classes name. */
function namedIn(spaces: readonly SpaceAccess[]): Set<string> {
  const named = spaces.flatMap(({ classes }) =>
    [...classes.values()].flatMap((overwrites) =>
      overwrites.flatMap(({ type, id }) => (type === 'member' ? [id] : [])),
    ),
  );
  return new Set(named);
}

/** Collects shifts, one for all sessions that gain and lose the same. */
class Shifts {
  readonly #scene: Scene;
  readonly #shifts = new Map<string, Shift & { listeners: Set<Listener> }>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  take(change: HearingChange | null, groups: Iterable<Group>): void {
    const { before, after } = this.#scene;
    const channels = {
      before: channelsThatDiffer(before, change),
      after: channelsThatDiffer(after, change),
    };
    for (const group of groups) {
      const shift = shiftBetween(this.#scene, group, channels, change);
      const { subscribe, unsubscribe, gained, lost } = shift;
      if (subscribe.size + unsubscribe.size + gained.length + lost.length === 0) continue;
      const parts = [subscribe, unsubscribe, shift.ended, gained, lost].map((part) =>
        [...part].join(),
      );
      const key = `${parts.join('|')}|${shift.joined}|${shift.isOfGuests}`;
      const known = this.#shifts.get(key);
      if (known === undefined) this.#shifts.set(key, shift);
      for (const listener of group.listeners) (known ?? shift).listeners.add(listener);
    }
  }

  all(): Shift[] {
    return [...this.#shifts.values()];
  }
}

type Channels = ReadonlyMap<string, { readonly id: string; readonly class_id: number }>;

/** Returns the channels of the classes that may have other listeners. */
function channelsThatDiffer(space: SpaceAccess | null, change: HearingChange | null): Channels {
  const wanted = change?.classes;
  if (space === null) return new Map();
  if (!wanted) return space.channels;
  return new Map([...space.channels].filter(([, { class_id }]) => wanted.has(class_id)));
}

function shiftBetween(
  { space_id, before, after }: Scene,
  { hears, will, isOfGuests = false }: Omit<Group, 'listeners'>,
  channels: { before: Channels; after: Channels },
  change: HearingChange | null,
): Shift {
  const seen = visible({ channels: channels.before }, hears);
  const sees = visible({ channels: channels.after }, will);
  const whole = scope.space(space_id);
  // Where only some classes may differ, everybody stays in the space.
  const stays = Boolean(change?.classes) || (hears.has(whole) && will.has(whole));
  const unsubscribe = [...hears].filter((one) => !will.has(one));
  return {
    listeners: new Set(),
    isOfGuests,
    subscribe: new Set([...will].filter((one) => !hears.has(one))),
    unsubscribe: new Set(unsubscribe),
    // Else it would hear of a channel that it never saw and that this turn moves to a class it loses.
    ended: new Set(unsubscribe.filter((one) => one !== whole)),
    joined: !stays && !hears.has(whole) && will.has(whole),
    // Channels made or deleted in this turn have events of their own.
    gained: stays ? [...sees.keys()].filter((id) => !seen.has(id) && before?.channels.has(id)) : [],
    lost: stays ? [...seen.keys()].filter((id) => !sees.has(id) && after?.channels.has(id)) : [],
  };
}

/** Returns the channels whose classes are heard: class ids by channel id. */
function visible(
  { channels }: { channels: Channels },
  scopes: ReadonlySet<string>,
): Map<string, number> {
  const found = new Map<string, number>();
  for (const { id, class_id } of channels.values()) {
    if (scopes.has(scope.class(class_id))) found.set(id, class_id);
  }
  return found;
}
