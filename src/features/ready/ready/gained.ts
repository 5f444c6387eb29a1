// Shows a session a space that its account has just joined.
import type { App } from '../../../app.ts';
import { aNumber, type Listener } from '../../../events/hub.ts';
import { wants } from '../../../events/intents.ts';
import { numbered } from '../../../gateway/showing.ts';
import { hearsSpace, told } from '../../../gateway/ready-list.ts';
import { channelFrames, viewableChannels } from '../../spaces/channels/ready.ts';
import { memberFrame } from '../../spaces/members/chunks.ts';
import { memberJoined } from '../../spaces/members/events.ts';
import { findMember } from '../../spaces/members/queries.ts';
import { roleCreated } from '../../spaces/roles/events.ts';
import { findRole, rolesOf } from '../../spaces/roles/queries.ts';
import { roleFrames } from '../../spaces/roles/ready.ts';
import { roleView } from '../../spaces/roles/view.ts';
import { peopleFrames } from './people.ts';
import { voiceFrames } from './voice.ts';

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
  const channels = viewableChannels(app, space_id, listener);
  for (const { id } of roles) {
    if (id !== everyone?.id) yield* roleFrames(app, listener, space_id, id);
  }
  for (const { id } of channels) yield* channelFrames(app, listener, id);
  yield* voiceFrames(app, listener, space_id, new Set());
  yield* peopleFrames(app, listener, space_id, (user_id) => user_id === listener.user_id);
  const seq = yield aNumber;
  if (!hearsSpace(listener, space_id)) return;
  const last: string[] = [];
  const self = findMember(app.db, space_id, listener.user_id);
  if (self !== undefined && wants(listener.mask, memberJoined.intent_bit)) {
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
