// The feature of bans.
import { bans } from '../../../db/schema/spaces.ts';
import { rowsWith } from '../../base/clearing/rows.ts';
import { feature } from '../../feature.ts';
import { endMembership } from '../../spaces/members/actions.ts';
import { liftSome } from './actions.ts';
import * as events from './events.ts';
import * as routes from './routes.ts';

export const bansFeature = feature({
  name: 'bans',
  modules: [routes, events],
  tables: [bans],
  keeps: { space: [rowsWith(bans.space_id)], account: [liftSome] },
  clears: {
    // A bot that is in a space from which its owner was banned, as "space bot".
    banned_bot(turn, { target_id }) {
      const [space_id = '', bot_id = ''] = target_id.split(' ');
      endMembership(turn, space_id, bot_id);
      return true;
    },
  },
  audits: ['member_ban_add', 'member_ban_remove'],
});
