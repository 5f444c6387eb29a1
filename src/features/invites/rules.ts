// The access rule of invites, which are named by their code alone.
import { has, spacePermissions } from '../../access/evaluate.ts';
import { memberAccess, spaceAccess } from '../../access/load.ts';
import type { Asked, Rule } from '../../access/rules.ts';
import type { Actor } from '../../access/tokens.ts';
import { ApiError } from '../../errors.ts';
import { knownInvite } from './actions.ts';
import type { InviteRow } from './queries.ts';

/** Who made the invite, and who manages channels in its space. */
export const inviteKeeper: Rule<'code', { actor: Actor; invite: InviteRow }> = {
  needs: ['code'],
  says: 'invite: its maker, or manage_channels',
  token: true,
  grant({ app, actor, params }: Asked<'code'>) {
    if (actor === null) {
      throw new ApiError('unauthorized', 'This needs a valid token in the Authorization header.');
    }
    const { invite } = knownInvite(app, params.code);
    const space = spaceAccess(app, invite.space_id);
    const member = memberAccess(app, invite.space_id, actor.id);
    const keeps = space !== null && has(spacePermissions(space, member, actor), 'manage_channels');
    if (invite.inviter_id !== actor.id && !keeps) {
      throw new ApiError('forbidden', 'missing permission: manage_channels');
    }
    return { actor, invite };
  },
};
