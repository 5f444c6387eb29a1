// What channels make of new spaces, of deleted roles and of members who leave.
import { consequence } from '../../write.ts';
import { roleDeleted } from '../roles/events.ts';
import { spaceFounded } from '../spaces/events.ts';
import { dropOverwrite, placeChannel } from './actions.ts';
import { channelsWithOverwrite } from './queries.ts';

export const furnishChannels = consequence(spaceFounded, (turn, { space_id }) => {
  placeChannel(turn, space_id, { name: 'general', type: 'text' });
});

export const forgetRoleOverwrites = consequence(roleDeleted, (turn, { space_id, role_id }) => {
  for (const channel_id of channelsWithOverwrite(turn.tx, space_id, role_id)) {
    dropOverwrite(turn, channel_id, role_id);
  }
});
