// Turns rows of memberships into their wire shape.
import { publicUser } from '../../people/users/view.ts';
import { time, timeOrNull } from '../../shapes.ts';
import type { FullMember } from './queries.ts';
import type { Member } from './schema.ts';

export function memberView({ member, role_ids }: FullMember): Member {
  return {
    user_id: member.user_id,
    space_id: member.space_id,
    nickname: member.nickname,
    avatar: member.avatar,
    roles: role_ids,
    joined_at: time(member.joined_at),
    premium_since: null,
    deaf: member.deaf,
    mute: member.mute,
    pending: false,
    timed_out_until: timeOrNull(member.timed_out_until),
    permissions: null,
  };
}

/** Returns the membership with the public account in `user`. */
export function memberWithUser(full: FullMember) {
  return { ...memberView(full), user: publicUser(full.user) };
}
