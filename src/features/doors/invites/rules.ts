// The access rule for invites, which are named only by their code.
import { has, spacePermissions } from '../../../access/evaluate.ts';
import { memberAccess, spaceAccess } from '../../../access/load.ts';
import {
  missing,
  signedIn,
  type AccountGrant,
  type Asked,
  type Rule,
} from '../../../access/rules.ts';
import { isTimedOut, timedOut } from '../../../access/timeouts.ts';
import { knownInvite } from './actions.ts';
import type { InviteRow } from './queries.ts';

/** Admits the maker of the invite and members with `manage_channels`. */
export const inviteKeeper: Rule<'code', AccountGrant & { invite: InviteRow }> = {
  needs: ['code'],
  says: 'invite: its maker, or manage_channels',
  token: true,
  grant({ app, viewer, params }: Asked<'code'>) {
    const actor = signedIn(viewer);
    const { invite } = knownInvite(app, params.code);
    const space = spaceAccess(app, invite.space_id);
    const member = memberAccess(app, invite.space_id, actor.id);
    if (space !== null && isTimedOut(app, space, member, actor)) throw timedOut();
    const keeps = space !== null && has(spacePermissions(space, member, actor), 'manage_channels');
    if (invite.inviter_id !== actor.id && !keeps) throw missing('manage_channels');
    return { actor, invite };
  },
};
