// READY: everything that a session sees, within one frame, and what follows if it does not fit.
import type { App } from '../../../app.ts';
import { FrameBuilder } from '../../../events/frame-builder.ts';
import { frameOf } from '../../../events/event.ts';
import { aNumber, type Listener } from '../../../events/hub.ts';
import type { Ready } from '../../../gateway/identify.ts';
import type { ReadyEntry, ReadyList } from '../../../gateway/ready-list.ts';
import { featuresOf } from '../../feature.ts';
import { newLoginFor } from '../../doors/auth/login-view.ts';
import { readSettings } from '../../base/settings/queries.ts';
import { spacesSeen } from '../../spaces/spaces/ready.ts';
import { ownUserUpdated } from '../../people/users/events.ts';
import { findUser } from '../../people/users/queries.ts';
import type { User } from '../../people/users/schema.ts';
import { ownUser } from '../../people/users/view.ts';
import { ready } from './events.ts';
import { fillOwnPresence, fillPeople, nearFrames, peopleFrames, type Shown } from './people.ts';
import { ReadyData } from './schema.ts';
import { hasAllVoice, voiceFrames } from './voice.ts';

/** Kept free in the frame, beyond what is counted. */
const reserve_bytes = 512;

/** Makes READY for a session that is to be subscribed in the same tick. */
export function readyFor(app: App, listener: Listener): Ready {
  const { user_id } = listener;
  const new_login = listener.guest_of === null ? newLoginFor(app, listener) : undefined;
  const fixed = {
    session_id: listener.id,
    user_id,
    user: accountOf(app, listener),
    is_guest: listener.guest_of !== null,
    api_version: 'v1' as const,
    server_version: app.version.version,
    motd: readSettings(app.db).motd,
    ...(new_login && { new_login }),
  };
  const budget = new FrameBuilder(ready);
  budget.left_bytes -= reserve_bytes + Buffer.byteLength(budget.frame(app, app.seq(), fixed));
  fillOwnPresence(app, listener, budget);
  const space_ids = spacesSeen(app, listener);
  const surplus: Iterable<ReadyEntry>[] = [];
  for (const list of listsOf(app)) {
    const left = fillList(budget, list, list.entries(app, listener, space_ids));
    if (left !== null) surplus.push(left);
  }
  const shown = fillPeople(app, listener, budget, space_ids);
  const frame = budget.frame(app, app.seq(), fixed);
  const isWhole =
    surplus.length === 0 &&
    shown.isWhole &&
    space_ids.every((id) => hasAllVoice(app, id, user_id, shown.voice));
  if (isWhole) return { frame, rest: null };
  const more = surplusFrames(app, listener, space_ids, surplus, shown);
  return { frame, rest: restFrames(app, listener, more) };
}

/** Adds entries until one does not fit; returns that and those behind it, not read yet, or null. */
function fillList(
  budget: FrameBuilder<typeof ReadyData>,
  { list, max_bytes = Infinity }: ReadyList,
  entries: Iterable<ReadyEntry>,
): Iterable<ReadyEntry> | null {
  const end_bytes = budget.left_bytes - max_bytes;
  const unread = entries[Symbol.iterator]();
  for (let next = unread.next(); !next.done; next = unread.next()) {
    const isFull = budget.left_bytes <= end_bytes;
    if (isFull || !budget.addTo(list, next.value.entry)) return andThen(next.value, unread);
  }
  return null;
}

function* andThen<T>(first: T, rest: Iterator<T>): Generator<T, void> {
  yield first;
  for (let next = rest.next(); !next.done; next = rest.next()) yield next.value;
}

/** The account of a session; null for a guest. */
function accountOf(app: App, { user_id, guest_of }: Listener): User | null {
  if (guest_of !== null) return null;
  const row = findUser(app.db, user_id);
  if (row === undefined) throw new Error('a session without an account');
  return ownUser(row);
}

/** The lists that features fill, in the order of READY's keys: earlier ones get the room first. */
function listsOf(app: App): ReadyList[] {
  const lists = featuresOf(app).flatMap(({ ready: own }) => own);
  return Object.keys(ReadyData.shape).flatMap((name) => lists.filter(({ list }) => list === name));
}

/** The frames after READY; the last one has a number, which shows that a client got them all. */
function* restFrames(
  app: App,
  listener: Listener,
  rest: Iterable<string | null>,
): Generator<string | null | typeof aNumber, void, number> {
  let isAny = false;
  for (const frame of rest) {
    isAny ||= frame !== null;
    yield frame;
  }
  if (!isAny) return;
  const last = accountFrame(app, listener, yield aNumber);
  if (last !== null) yield last;
}

/** Repeats what READY said of the account: every session may have it, whatever its intents. */
export function accountFrame(app: App, listener: Listener, seq: number): string | null {
  const account = accountOf(app, listener);
  return account === null ? null : frameOf(app, ownUserUpdated, seq, account);
}

/** So many entries, or spaces, may be passed over in silence before others have their turn. */
const silence = { entries: 50, spaces: 8 };

/** What did not fit into READY, each frame made from the rows of the moment, if still visible. */
function* surplusFrames(
  app: App,
  listener: Listener,
  space_ids: readonly string[],
  surplus: readonly Iterable<ReadyEntry>[],
  shown: Shown,
): Generator<string | null, void> {
  let count = 0;
  for (const entries of surplus) {
    for (const one of entries) {
      yield* one.again();
      count += 1;
      if (count % silence.entries === 0) yield null;
    }
  }
  yield* nearFrames(app, listener, shown.near);
  for (const [index, id] of space_ids.entries()) {
    if (index % silence.spaces === 0) yield null;
    yield* voiceFrames(app, listener, id, shown.voice);
    const knows = (user_id: string) => shown.members.has(`${id} ${user_id}`);
    yield* peopleFrames(app, listener, id, knows);
  }
}
