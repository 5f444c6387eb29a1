// Shows a session a space that its account has just joined.
import { spaceAccess } from '../../../access/load.ts';
import type { App } from '../../../app.ts';
import { aNumber, type Listener } from '../../../events/hub.ts';
import { wants } from '../../../events/intents.ts';
import { numbered } from '../../../gateway/showing.ts';
import { hearsSpace, told } from '../../../gateway/ready-list.ts';
import { channelFrames, viewableIds } from '../../spaces/channels/ready.ts';
import { channelNow } from '../../spaces/channels/view.ts';
import { everyMember, memberFrame } from '../../spaces/members/chunks.ts';
import { memberJoined } from '../../spaces/members/events.ts';
import { memberPicture } from '../../spaces/members/pictures.ts';
import { countMembers } from '../../spaces/members/queries.ts';
import { roleCreated } from '../../spaces/roles/events.ts';
import { findRole, rolesOf } from '../../spaces/roles/queries.ts';
import { roleFrames } from '../../spaces/roles/ready.ts';
import { roleView } from '../../spaces/roles/view.ts';
import { ownFrames } from './own.ts';
import { peopleFrames } from './people.ts';
import { voiceFrames } from './voice.ts';

/** What a frame has beside its thing. */
const frame_bytes = 100;
/** What one account is told of a channel beside it: that it is muted, and how far it is read. */
const own_bytes = 300;

/**
 * Everything after `space.create`, each frame made from the rows of the moment. The last one has
 * a number, and shows what exists as long as the space does: @everyone, or one's own membership.
 */
export function* spaceGained(
  app: App,
  listener: Listener,
  space_id: string,
): Generator<string | null | typeof aNumber, void, number> {
  const roles = rolesOf(app.db, space_id);
  const everyone = roles.find(({ position }) => position === 0);
  const channel_ids = viewableIds(app, space_id, listener);
  for (const { id } of roles) {
    if (id !== everyone?.id) yield* roleFrames(app, listener, space_id, id);
  }
  for (const id of channel_ids) yield* channelFrames(app, listener, id);
  yield* voiceFrames(app, listener, space_id, new Set());
  yield* peopleFrames(app, listener, space_id, (user_id) => user_id === listener.user_id);
  yield* ownFrames(app, listener, space_id, { gained: channel_ids, lost: [] });
  const seq = yield aNumber;
  if (!hearsSpace(listener, space_id)) return;
  const last: string[] = [];
  const self = memberPicture(app, space_id, listener.user_id);
  if (self !== null && wants(listener.mask, memberJoined.intent_bit)) {
    last.push(memberFrame(app, self));
  }
  const role = everyone && findRole(app.db, space_id, everyone.id);
  if (role !== undefined) {
    last.push(...told(app, listener, roleCreated, { space_id, role: roleView(role) }));
  }
  for (const [index, frame] of last.entries()) {
    yield index === last.length - 1 ? numbered(frame, seq) : frame;
  }
}

/** In a space with more than this, nobody counts how large it is. */
const maxInSmall = 40;

/**
 * Tells whether everything of a space fits into `max_bytes`, each thing in a frame of its own. Voice
 * states and presences count as twice the member.
 */
export function isSmall(app: App, space_id: string, max_bytes: number): boolean {
  const roles = rolesOf(app.db, space_id);
  const channels = spaceAccess(app, space_id)?.channels ?? new Map<string, unknown>();
  const members = countMembers(app.db, space_id, maxInSmall + 1);
  if (roles.length + channels.size + members > maxInSmall) return false;
  const things = [
    ...roles.map((role) => roleView(role)),
    ...[...channels.keys()].map((id) => channelNow(app.db, id)),
  ];
  let size_bytes = Buffer.byteLength(JSON.stringify(things)) + things.length * frame_bytes;
  size_bytes += channels.size * own_bytes;
  for (const member of everyMember(app, space_id)) {
    size_bytes += 3 * Buffer.byteLength(memberFrame(app, member));
  }
  return size_bytes <= max_bytes;
}
