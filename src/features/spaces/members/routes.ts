// The REST endpoints of memberships, including join and leave.
import { z } from 'zod';
import { spaceMemberOrGuest } from '../../../access/reading.ts';
import {
  account,
  signedIn,
  space,
  spaceMember,
  spaceMembership,
  spaceMembershipOrAdmin,
} from '../../../access/rules.ts';
import { ApiError, noSuch } from '../../../errors.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { record } from '../audit-log/actions.ts';
import { countUpload, mayUpload } from '../../base/files/quota.ts';
import { discardImages, imagesBody, storeImages } from '../../base/files/images.ts';
import { findSpace, findSpaceBySlug } from '../spaces/queries.ts';
import { Id, Nothing, QueryFlag } from '../../shapes.ts';
import { assignRole, changeOwnMember, join, kick, leave } from './actions.ts';
import { refuseUnbrought } from './bots.ts';
import { changeMember, refuseAvatar } from './moderation.ts';
import { membersWith } from './names.ts';
import { findMember, findMembers, membersOf } from './queries.ts';
import { Member, MemberPatch, MemberSearch, MembersQuery, OwnMemberPatch } from './schema.ts';
import { memberView, memberWithUser } from './view.ts';

export const joinSpace = endpoint({
  method: 'POST',
  path: '/spaces/:space_id/join',
  summary: 'Join a public space',
  hint: 'A bot joins where its owner has `manage_space`.',
  access: account,
  returns: z.object({ space_id: Id }),
  errors: ['forbidden', 'not_found'],
  run({ turn, actor, params }) {
    const found = findSpace(turn.tx, params.space_id) ?? findSpaceBySlug(turn.tx, params.space_id);
    if (found === undefined) throw noSuch('space');
    const isMember = findMember(turn.tx, found.id, actor.id) !== undefined;
    if (!found.public && !isMember) {
      throw new ApiError('forbidden', 'This space takes invited people only.');
    }
    if (!isMember) refuseUnbrought(turn, found.id, actor, null);
    if (join(turn, found.id, actor.id)) {
      record(turn, { actor, space: found }, { action: 'member_join' });
    }
    return { space_id: found.id };
  },
});

export const listMembers = endpoint({
  method: 'GET',
  path: '/spaces/:space_id/members',
  summary: 'List the members of a space by user id',
  access: spaceMemberOrGuest,
  query: MembersQuery,
  returns: z.array(Member),
  form: 'page',
  run({ app, space: { id }, query }) {
    const rows = membersOf(app.db, id, query.after ?? '', query.limit + 1);
    const items = rows.slice(0, query.limit);
    const last = items.at(-1);
    const more = rows.length > query.limit && last !== undefined;
    return {
      items: items.map(query.with_user ? memberWithUser : memberView),
      cursor: more ? { after: last.member.user_id, has_more: true } : null,
    };
  },
});

export const searchMembersRoute = endpoint({
  method: 'GET',
  path: '/spaces/:space_id/members/search',
  summary:
    'Find members whose username, display name or nickname holds a text, whatever its case and accents',
  access: spaceMember,
  query: MemberSearch,
  returns: z.array(Member),
  run({ app, space: { id }, query }) {
    const { query: part, limit, with_user } = query;
    const rows =
      part === ''
        ? membersOf(app.db, id, '', limit)
        : findMembers(app.db, id, membersWith(app.db, id, part, limit));
    return rows.map(with_user ? memberWithUser : memberView);
  },
});

export const getMember = endpoint({
  method: 'GET',
  path: '/spaces/:space_id/members/:user_id',
  summary: 'Read a member',
  access: spaceMember,
  returns: Member,
  run({ app, space: { id }, params }) {
    const full = findMember(app.db, id, params.user_id);
    if (full === undefined) throw new ApiError('not_found', 'There is no such member.');
    return memberWithUser(full);
  },
});

export const updateMemberRoute = endpoint({
  method: 'PATCH',
  path: '/spaces/:space_id/members/:user_id',
  summary: 'Moderate a member; each field needs its own permission',
  access: spaceMembershipOrAdmin,
  body: MemberPatch,
  body_limit: imagesBody(1),
  admits: mayUpload,
  returns: Member,
  async prepare({ app, viewer, body, params }) {
    if (body.avatar === undefined) return { images: {}, bytes: 0 };
    const { space_id, user_id } = params;
    const by = spaceMembershipOrAdmin.grant({ app, viewer, params });
    refuseAvatar({ app }, by, user_id);
    const stored = await storeImages(app, body, { avatar: `avatars/${space_id}_${user_id}` });
    return stored;
  },
  abandon: (app, stored) => discardImages(app, stored),
  run({ turn, body, params, prepared: { images, bytes }, ...by }) {
    countUpload(turn, by.actor.id, bytes);
    return memberView(changeMember(turn, by, params.user_id, body, images.avatar));
  },
});

export const updateOwnMember = endpoint({
  method: 'PATCH',
  path: '/spaces/:space_id/members/@me',
  summary: "Change one's own nickname or member avatar",
  access: space('change_nickname'),
  body: OwnMemberPatch,
  body_limit: imagesBody(1),
  admits: mayUpload,
  returns: Member,
  async prepare({ app, viewer, body, params: { space_id } }) {
    const folder = `avatars/${space_id}_${signedIn(viewer).id}` as const;
    const stored = await storeImages(app, body, { avatar: folder });
    return stored;
  },
  abandon: (app, stored) => discardImages(app, stored),
  run({ turn, space: found, actor, body, prepared: { images, bytes } }) {
    countUpload(turn, actor.id, bytes);
    return memberView(changeOwnMember(turn, found, actor, body, images.avatar));
  },
});

export const kickMember = endpoint({
  method: 'DELETE',
  path: '/spaces/:space_id/members/:user_id',
  summary: 'Remove a member, who may come back',
  access: space('kick_members'),
  returns: Nothing,
  run: ({ turn, params, ...by }) => kick(turn, by, params.user_id),
});

export const leaveSpace = endpoint({
  method: 'DELETE',
  path: '/spaces/:space_id/members/@me',
  summary: 'Leave a space; with `delete_data` one’s messages and reactions there go, too',
  access: spaceMembership,
  query: z.object({ delete_data: QueryFlag.optional() }),
  returns: Nothing,
  run: ({ turn, space: found, actor, query }) =>
    leave(turn, found, actor, query.delete_data ?? false),
});

export const addMemberRole = endpoint({
  method: 'PUT',
  path: '/spaces/:space_id/members/:user_id/roles/:role_id',
  summary: 'Give a member a role',
  access: space('manage_roles'),
  returns: Nothing,
  run: ({ turn, params, ...by }) => assignRole(turn, by, params.user_id, params.role_id, true),
});

export const removeMemberRole = endpoint({
  method: 'DELETE',
  path: '/spaces/:space_id/members/:user_id/roles/:role_id',
  summary: 'Take a role from a member',
  access: space('manage_roles'),
  returns: Nothing,
  run: ({ turn, params, ...by }) => assignRole(turn, by, params.user_id, params.role_id, false),
});
