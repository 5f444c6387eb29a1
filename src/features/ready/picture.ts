// READY: one picture of everything that a session sees, within one frame, and what follows it.
import { channelPermissions, has } from '../../access/evaluate.ts';
import { readerOf } from '../../access/hearing.ts';
import { memberAccess, spaceAccess } from '../../access/load.ts';
import type { App } from '../../app.ts';
import { scope } from '../../events/audience.ts';
import { eventFrame, type EventValue } from '../../events/event.ts';
import { wants } from '../../events/intents.ts';
import type { Listener } from '../../events/hub.ts';
import type { Ready } from '../../gateway/gateway.ts';
import { channelCreated } from '../channels/events.ts';
import type { Channel } from '../channels/schema.ts';
import { channelNow, channelViews } from '../channels/view.ts';
import { memberFrames } from '../members/commands.ts';
import { memberChunk, memberJoined } from '../members/events.ts';
import { findMember, membersOf, type FullMember } from '../members/queries.ts';
import { memberView } from '../members/view.ts';
import { presenceUpdated } from '../presence/events.ts';
import { presences } from '../presence/presences.ts';
import { roleCreated } from '../roles/events.ts';
import { findRole, rolesOf, type RoleRow } from '../roles/queries.ts';
import { roleView } from '../roles/view.ts';
import { readSettings } from '../settings/queries.ts';
import { spaceCreated } from '../spaces/events.ts';
import { findSpace, spacesOfMember, type SpaceRow } from '../spaces/queries.ts';
import { spaceView } from '../spaces/view.ts';
import { voiceStateView } from '../voice/view.ts';
import { findUser } from '../users/queries.ts';
import { ownUser, publicUser } from '../users/view.ts';
import { Budget } from './budget.ts';
import { ready } from './events.ts';
import { hasAllVoice, voiceFrames, voiceSeen } from './voice.ts';

/** Of a larger space only members who are online are sent unasked. */
const mostMembers = 1_000;

const lists = [
  'spaces',
  'channels',
  'roles',
  'members',
  'users',
  'presences',
  'voice_states',
  'dm_channels',
  'mutes',
  'unread',
  'relationships',
];

/** A frame of an event for one session; null when it did not ask for such events. */
function told(listener: Listener, event: EventValue, data: unknown): string | null {
  if (!wants(listener.mask, event.intent_bit)) return null;
  return eventFrame(event.type, null, event.pick(data));
}

/** The channels of a space that an account may view, by position. */
function viewable(app: App, space_id: string, user_id: string): Channel[] {
  const space = spaceAccess(app, space_id);
  if (space === null) return [];
  const member = memberAccess(app, space_id, user_id);
  const reader = readerOf(app.db, user_id);
  return channelViews(app.db, space_id).filter(({ id }) => {
    const channel = space.channels.get(id);
    return (
      channel !== undefined &&
      has(channelPermissions(space, channel, member, reader), 'view_channel')
    );
  });
}

/** What did not fit into READY, by id: each is read again when it is sent. */
interface Surplus {
  space_ids: string[];
  channel_ids: { space_id: string; id: string }[];
  role_ids: { space_id: string; id: string }[];
  /** Members that READY holds, as `space user`. */
  shown: Set<string>;
  /** Accounts whose voice state READY holds. */
  voiced: Set<string>;
  spaces: SpaceRow[];
}

/** READY for a session that is about to be subscribed, in the same tick. */
export function readyFor(app: App, listener: Listener): Ready {
  const { user_id } = listener;
  const row = findUser(app.db, user_id);
  if (row === undefined) throw new Error('a session without an account');
  const fixed = {
    session_id: listener.id,
    user_id,
    user: ownUser(row),
    is_guest: false,
    api_version: 'v1',
    server_version: app.version.version,
    motd: readSettings(app.db).motd,
  };
  const budget = new Budget(lists, fixed);
  const spaces = spacesOfMember(app.db, user_id);
  const surplus: Surplus = {
    space_ids: [],
    channel_ids: [],
    role_ids: [],
    shown: new Set(),
    voiced: new Set(),
    spaces,
  };
  for (const space of spaces) {
    if (!budget.add({ spaces: spaceView(space) })) surplus.space_ids.push(space.id);
  }
  for (const { id: space_id } of spaces) {
    for (const channel of viewable(app, space_id, user_id)) {
      if (!budget.add({ channels: channel }))
        surplus.channel_ids.push({ space_id, id: channel.id });
    }
  }
  for (const { id: space_id } of spaces) {
    for (const role of rolesOf(app.db, space_id)) {
      if (!budget.add({ roles: roleView(role) })) surplus.role_ids.push({ space_id, id: role.id });
    }
  }
  fillMembers(app, listener, budget, surplus);
  const json = budget.toJson(fixed);
  if (app.strict) ready.data.parse(JSON.parse(json));
  const frame = `{"op":0,"type":"ready","seq":${app.seq()},"data":${json}}`;
  return {
    frame,
    rest: isWhole(app, listener, surplus) ? null : surplusFrames(app, listener, surplus),
  };
}

/** Oneself first, then who is in voice, then who is online, then the rest of small spaces. */
function fillMembers(app: App, listener: Listener, budget: Budget, surplus: Surplus): void {
  const known = new Set<string>();
  const here = presences(app);
  const add = ({ member, user, role_ids }: FullMember): boolean => {
    const key = `${member.space_id} ${user.id}`;
    if (surplus.shown.has(key)) return true;
    const entries: Record<string, unknown> = { members: memberView({ member, user, role_ids }) };
    const presence = here.of(user.id);
    if (!known.has(user.id)) {
      entries['users'] = publicUser(user);
      if (presence !== null) entries['presences'] = presence;
    }
    if (!budget.add(entries)) return false;
    known.add(user.id);
    surplus.shown.add(key);
    return true;
  };
  for (const { id } of surplus.spaces) {
    const own = findMember(app.db, id, listener.user_id);
    if (own !== undefined) add(own);
  }
  for (const { id } of surplus.spaces) {
    for (const row of voiceSeen(app, id, listener.user_id)) {
      const full = findMember(app.db, id, row.user_id);
      if (full !== undefined && !add(full)) continue;
      if (budget.add({ voice_states: voiceStateView(row) })) surplus.voiced.add(row.user_id);
    }
  }
  const pages = surplus.spaces.map(({ id }) => membersOf(app.db, id, '', mostMembers + 1));
  for (const online of [true, false]) {
    for (const page of pages) {
      if (!online && page.length > mostMembers) continue;
      for (const full of page) {
        if ((here.of(full.user.id) !== null) === online && !add(full)) return;
      }
    }
  }
}

function isWhole(app: App, { user_id }: Listener, surplus: Surplus): boolean {
  const { space_ids, channel_ids, role_ids, shown, voiced, spaces } = surplus;
  if (space_ids.length + channel_ids.length + role_ids.length > 0) return false;
  if (!spaces.every(({ id }) => hasAllVoice(app, id, user_id, voiced))) return false;
  return spaces.every(({ id }) =>
    membersOf(app.db, id, '', mostMembers + 1).every(({ user }) => shown.has(`${id} ${user.id}`)),
  );
}

/** What follows READY, each frame made from the rows of the moment, and only while it may be seen. */
function* surplusFrames(app: App, listener: Listener, surplus: Surplus): Generator<string, void> {
  const inSpace = (id: string) => listener.scopes.has(scope.space(id));
  for (const id of surplus.space_ids) {
    const row = findSpace(app.db, id);
    if (row !== undefined && inSpace(id)) yield* some(told(listener, spaceCreated, spaceView(row)));
  }
  for (const { space_id, id } of surplus.channel_ids) {
    const channel = viewedNow(app, listener, space_id, id);
    if (channel !== null) yield* some(told(listener, channelCreated, channel));
  }
  for (const { space_id, id } of surplus.role_ids) {
    const row: RoleRow | undefined = findRole(app.db, space_id, id);
    if (row === undefined || !inSpace(space_id)) continue;
    yield* some(told(listener, roleCreated, { space_id, role: roleView(row) }));
  }
  for (const { id } of surplus.spaces) {
    yield* voiceFrames(app, listener, id, surplus.voiced);
    yield* peopleFrames(app, listener, id, surplus.shown);
  }
}

function* some(frame: string | null): Generator<string, void> {
  if (frame !== null) yield frame;
}

function viewedNow(app: App, listener: Listener, space_id: string, id: string): Channel | null {
  const class_id = spaceAccess(app, space_id)?.channels.get(id)?.class_id ?? null;
  if (class_id === null || !listener.scopes.has(scope.class(class_id))) return null;
  return channelNow(app.db, id);
}

/** The members of a space that a session does not know yet, and what those do who are there. */
function* peopleFrames(
  app: App,
  listener: Listener,
  space_id: string,
  shown: ReadonlySet<string>,
): Generator<string, void> {
  const here = presences(app);
  const isLarge = membersOf(app.db, space_id, '', mostMembers + 1).length > mostMembers;
  const still = () => listener.scopes.has(scope.space(space_id));
  const seen: string[] = [];
  const fits = ({ user }: FullMember) => {
    if (shown.has(`${space_id} ${user.id}`)) return false;
    const there = here.of(user.id) !== null;
    // The own presence is told to the session like everybody's.
    if (there && user.id !== listener.user_id) seen.push(user.id);
    return there || !isLarge;
  };
  // Members are told under the intent of memberships.
  if (!wants(listener.mask, memberJoined.intent_bit)) return;
  for (const frame of memberFrames(app, space_id, { fits, limit: 0, still })) {
    if (!isEmptyChunk(frame)) yield frame;
    for (const user_id of seen.splice(0)) {
      const presence = here.of(user_id);
      if (presence !== null) yield* some(told(listener, presenceUpdated, presence));
    }
  }
}

function isEmptyChunk(frame: string): boolean {
  return frame.includes(`"type":"${memberChunk.type}"`) && frame.includes('"members":[]');
}

/** What a session is shown of a space that its account has just joined, after `space.create`. */
export function* spaceGained(
  app: App,
  listener: Listener,
  space_id: string,
): Generator<string, void> {
  for (const role of rolesOf(app.db, space_id)) {
    yield* some(told(listener, roleCreated, { space_id, role: roleView(role) }));
  }
  for (const channel of viewable(app, space_id, listener.user_id)) {
    yield* some(told(listener, channelCreated, channel));
  }
  yield* voiceFrames(app, listener, space_id, new Set());
  yield* peopleFrames(app, listener, space_id, new Set());
}
