// The people in READY and after it: oneself, people in voice, friends, who is online, then small spaces.
import { areNear, nearTo } from '../../../access/acquaintances.ts';
import { memberAccess } from '../../../access/load.ts';
import type { App } from '../../../app.ts';
import { scope } from '../../../events/audience.ts';
import type { FrameBuilder } from '../../../events/frame-builder.ts';
import type { Listener } from '../../../events/hub.ts';
import { wants } from '../../../events/intents.ts';
import { holdsOf } from '../../../gateway/holds.ts';
import { hearsSpace } from '../../../gateway/ready-list.ts';
import { chunksOf } from '../../spaces/members/chunks.ts';
import { memberJoined } from '../../spaces/members/events.ts';
import {
  memberPicture,
  memberPictures,
  type MemberPicture,
} from '../../spaces/members/pictures.ts';
import { membersIfSmall } from '../../spaces/members/small-spaces.ts';
import { presenceUpdated } from '../../live/presence/events.ts';
import { presencePicture } from '../../live/presence/pictures.ts';
import { presences } from '../../live/presence/presences.ts';
import type { Presence } from '../../live/presence/schema.ts';
import { voiceStateView } from '../../live/voice/view.ts';
import type { ReadyData } from './schema.ts';
import { voiceSeen } from './voice.ts';

/** About what a member in voice takes. */
const entry_bytes = 1_024;

/** The people in READY. */
export interface Shown {
  /** Members, as `<space_id> <user_id>`. */
  members: Set<string>;
  /** Accounts whose voice state is in READY. */
  voice: Set<string>;
  /** Friends and partners of conversations whose presence is in READY. */
  near: Set<string>;
  /** Whether READY holds everyone that the session is to know. */
  isWhole: boolean;
}

/**
 * Members whom others see online, each once: those with a session that hears the space, then those
 * who dropped a moment ago. Whoever goes on in a later tick has to read all of them first.
 */
function* present(app: App, space_id: string): Generator<string, void> {
  const here = presences(app);
  const seen = new Set<string>();
  const isNew = (user_id: string): boolean => {
    if (seen.has(user_id)) return false;
    seen.add(user_id);
    return here.of(user_id) !== null;
  };
  for (const { user_id } of app.hub.of(scope.space(space_id))) if (isNew(user_id)) yield user_id;
  for (const user_id of holdsOf(app).user_ids()) {
    if (isNew(user_id) && memberAccess(app, space_id, user_id) !== null) yield user_id;
  }
}

/** The maximum number of members that are read at once. */
const slice = 50;

/** The members of a space among these accounts. */
function* membersAmong(
  app: App,
  space_id: string,
  user_ids: Iterable<string>,
): Generator<MemberPicture, void> {
  let ids: string[] = [];
  for (const user_id of user_ids) {
    ids.push(user_id);
    if (ids.length < slice) continue;
    yield* memberPictures(app, space_id, ids);
    ids = [];
  }
  yield* memberPictures(app, space_id, ids);
}

/** The presence of friends and partners of conversations who are online; of none for guests. */
function* nearOnline(app: App, { user_id, guest_of }: Listener): Generator<Presence, void> {
  if (guest_of !== null) return;
  const here = presences(app);
  for (const id of nearTo(app.db, user_id)) {
    const presence = here.of(id);
    if (presence !== null) yield presence;
  }
}

/** The presence of those who are not in READY, each told if they are still near. */
export function* nearFrames(
  app: App,
  listener: Listener,
  shown: ReadonlySet<string>,
): Generator<string, void> {
  if (!wants(listener.mask, presenceUpdated.intent_bit)) return;
  for (const { user_id } of [...nearOnline(app, listener)]) {
    if (shown.has(user_id) || !areNear(app.db, user_id, listener.user_id)) continue;
    const presence = presences(app).of(user_id);
    if (presence !== null) yield presencePicture(app, presence).frame;
  }
}

/**
 * Adds one's own presence: even without a space, and as it is now, though others hear it later. It
 * comes before all else, since nothing would tell it later if it did not fit.
 */
export function fillOwnPresence(
  app: App,
  { user_id }: Listener,
  budget: FrameBuilder<typeof ReadyData>,
): void {
  const presence = presences(app).soon(user_id);
  if (presence !== null) budget.add({ presences: presence });
}

/** Adds people to the frame, most important first, until it is full. */
export function fillPeople(
  app: App,
  listener: Listener,
  budget: FrameBuilder<typeof ReadyData>,
  space_ids: readonly string[],
): Shown {
  const { user_id: own_id, guest_of } = listener;
  const near = new Set<string>();
  const shown: Shown = { members: new Set(), voice: new Set(), near, isWhole: true };
  const known = new Set<string>();
  const here = presences(app);
  const add = ({ space_id, user_id, member, user }: MemberPicture): boolean => {
    const key = `${space_id} ${user_id}`;
    if (shown.members.has(key)) return true;
    const isNew = !known.has(user_id);
    // Guests see the members of the space, but not their presence.
    const isSeen = isNew && !near.has(user_id) && user_id !== own_id && guest_of === null;
    const presence = isSeen ? here.of(user_id) : null;
    const entries = {
      members: member,
      ...(isNew && { users: user }),
      ...(presence && { presences: presencePicture(app, presence).entry }),
    };
    if (!budget.add(entries)) return false;
    known.add(user_id);
    shown.members.add(key);
    return true;
  };
  shown.isWhole = space_ids.every((space_id) => {
    const own = memberPicture(app, space_id, own_id);
    return own === null || add(own);
  });
  for (const space_id of space_ids) {
    // A full frame takes nobody: what is left is read when it is sent.
    if (budget.left_bytes < entry_bytes) {
      shown.isWhole = false;
      break;
    }
    for (const row of voiceSeen(app, space_id, own_id)) {
      const member = memberPicture(app, space_id, row.user_id);
      if (member !== null && !add(member)) shown.isWhole = false;
      else if (budget.add({ voice_states: voiceStateView(row) })) shown.voice.add(row.user_id);
    }
  }
  shown.isWhole &&= nearOnline(app, listener).every((presence) => {
    // Somebody in voice is there already.
    const { entry } = presencePicture(app, presence);
    if (!known.has(presence.user_id) && !budget.add({ presences: entry })) return false;
    near.add(presence.user_id);
    return true;
  });
  // Guests are told no presence, so nobody is online to them.
  const online = (id: string) => membersAmong(app, id, guest_of === null ? present(app, id) : []);
  shown.isWhole &&= space_ids.every((id) => online(id).every(add));
  const all = (id: string) => membersAmong(app, id, membersIfSmall(app, id) ?? []);
  shown.isWhole &&= space_ids.every((id) => all(id).every(add));
  return shown;
}

/** The members of a space that a session does not know yet, and their presence. */
export function* peopleFrames(
  app: App,
  listener: Listener,
  space_id: string,
  knows: (user_id: string) => boolean,
): Generator<string | null, void> {
  const here = presences(app);
  const asksMembers = wants(listener.mask, memberJoined.intent_bit);
  const asksPresences = wants(listener.mask, presenceUpdated.intent_bit);
  if (!asksMembers && !asksPresences) return;
  const all = asksMembers ? membersIfSmall(app, space_id) : null;
  const user_ids = all ?? (listener.guest_of === null ? [...present(app, space_id)] : []);
  const unknown = user_ids.filter((user_id) => !knows(user_id));
  if (unknown.length === 0) return;
  for (const chunk of chunksOf(app, space_id, membersAmong(app, space_id, unknown))) {
    if (!hearsSpace(listener, space_id)) return;
    if (chunk === null || chunk.user_ids.length === 0) continue;
    // Members are told under the intent of `memberJoined`.
    if (asksMembers) yield chunk.frame;
    for (const user_id of chunk.user_ids) {
      const presence = asksPresences ? here.of(user_id) : null;
      // The session hears its own presence as an event like everyone else's.
      if (presence === null || user_id === listener.user_id) continue;
      yield presencePicture(app, presence).frame;
    }
  }
}
