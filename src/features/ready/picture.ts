// READY: one picture of everything that a session sees, within one frame, and what follows it.
import type { App } from '../../app.ts';
import { FrameBuilder } from '../../events/frame-builder.ts';
import type { Listener } from '../../events/hub.ts';
import type { Ready } from '../../gateway/gateway.ts';
import { channelCreated } from '../channels/events.ts';
import { roleCreated } from '../roles/events.ts';
import { findRole, rolesOf } from '../roles/queries.ts';
import { roleView } from '../roles/view.ts';
import { readSettings } from '../settings/queries.ts';
import { spaceCreated } from '../spaces/events.ts';
import { findSpace, spacesOfMember, type SpaceRow } from '../spaces/queries.ts';
import { spaceView } from '../spaces/view.ts';
import { findUser } from '../users/queries.ts';
import type { User } from '../users/schema.ts';
import { ownUser } from '../users/view.ts';
import { ready } from './events.ts';
import { heardChannel, hearsSpace, told, viewableChannels } from './frames.ts';
import { fillPeople, peopleFrames, type Shown } from './people.ts';
import { hasAllVoice, voiceFrames } from './voice.ts';

/** Kept free in the frame beside what is counted. */
const reserve_bytes = 512;

interface InSpace {
  space_id: string;
  id: string;
}

/** What did not fit into READY, by id: each is read again when it is sent. */
interface Surplus {
  space_ids: string[];
  channel_ids: string[];
  roles: InSpace[];
}

/** READY for a session that is about to be subscribed, in the same tick. */
export function readyFor(app: App, listener: Listener): Ready {
  const { user_id } = listener;
  const fixed = {
    session_id: listener.id,
    user_id,
    user: accountOf(app, listener),
    is_guest: listener.guest_of !== null,
    api_version: 'v1' as const,
    server_version: app.version.version,
    motd: readSettings(app.db).motd,
  };
  const budget = new FrameBuilder(ready);
  budget.left_bytes -= reserve_bytes + Buffer.byteLength(budget.frame(app, app.seq(), fixed));
  const spaces = spacesOf(app, listener);
  const space_ids = spaces.map(({ id }) => id);
  const surplus: Surplus = { space_ids: [], channel_ids: [], roles: [] };
  for (const space of spaces) {
    if (!budget.add({ spaces: spaceView(app.db, space) })) surplus.space_ids.push(space.id);
  }
  for (const space_id of space_ids) {
    for (const channel of viewableChannels(app, space_id, listener)) {
      if (!budget.add({ channels: channel })) surplus.channel_ids.push(channel.id);
    }
  }
  for (const space_id of space_ids) {
    for (const role of rolesOf(app.db, space_id)) {
      if (!budget.add({ roles: roleView(role) })) surplus.roles.push({ space_id, id: role.id });
    }
  }
  const shown = fillPeople(app, listener, budget, space_ids);
  const frame = budget.frame(app, app.seq(), fixed);
  const isWhole =
    surplus.space_ids.length + surplus.channel_ids.length + surplus.roles.length === 0 &&
    shown.isWhole &&
    space_ids.every((id) => hasAllVoice(app, id, user_id, shown.voice));
  return { frame, rest: isWhole ? null : restFrames(app, listener, space_ids, surplus, shown) };
}

/** The account of a session; null for a guest. */
function accountOf(app: App, { user_id, guest_of }: Listener): User | null {
  if (guest_of !== null) return null;
  const row = findUser(app.db, user_id);
  if (row === undefined) throw new Error('a session without an account');
  return ownUser(row);
}

function spacesOf(app: App, { user_id, guest_of }: Listener): SpaceRow[] {
  if (guest_of === null) return spacesOfMember(app.db, user_id);
  return [findSpace(app.db, guest_of)].filter((row) => row !== undefined);
}

/** What follows READY, each frame made from the rows of the moment, and only while it may be seen. */
function* restFrames(
  app: App,
  listener: Listener,
  space_ids: readonly string[],
  surplus: Surplus,
  shown: Shown,
): Generator<string | null, void> {
  for (const id of surplus.space_ids) {
    const row = findSpace(app.db, id);
    if (row === undefined || !hearsSpace(listener, id)) continue;
    yield* told(app, listener, spaceCreated, spaceView(app.db, row));
  }
  for (const id of surplus.channel_ids) {
    const channel = heardChannel(app, listener, id);
    if (channel !== null) yield* told(app, listener, channelCreated, channel);
  }
  for (const { space_id, id } of surplus.roles) {
    const role = findRole(app.db, space_id, id);
    if (role === undefined || !hearsSpace(listener, space_id)) continue;
    yield* told(app, listener, roleCreated, { space_id, role: roleView(role) });
  }
  for (const id of space_ids) {
    yield* voiceFrames(app, listener, id, shown.voice);
    const knows = (user_id: string) => shown.members.has(`${id} ${user_id}`);
    yield* peopleFrames(app, listener, id, knows);
  }
}
