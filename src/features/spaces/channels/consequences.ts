// Gives a new space its first channel, and removes traces of deleted roles and channels.
import { consequence } from '../../../consequence.ts';
import { roleDeleted } from '../roles/events.ts';
import { forgetChannel } from '../spaces/actions.ts';
import { spaceFounded } from '../spaces/events.ts';
import { placeChannel } from './actions.ts';
import { channelDeleted } from './events.ts';
import { dropOverwrites } from './overwrites.ts';

export const furnishChannels = consequence(spaceFounded, (turn, { space_id }) => {
  placeChannel(turn, space_id, { name: 'general', type: 'text' });
});

export const forgetRoleOverwrites = consequence(roleDeleted, (turn, { space_id, role_id }) => {
  dropOverwrites(turn, space_id, role_id);
});

export const forgetNamedChannel = consequence(channelDeleted, (turn, { id, space_id }) => {
  if (space_id !== null) forgetChannel(turn, space_id, id);
});
