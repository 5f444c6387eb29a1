// Forgets what somebody has muted in a space that they leave with all traces.
import { consequence } from '../../../consequence.ts';
import { tracesRenounced } from '../../spaces/members/events.ts';
import { deleteMutesIn } from './queries.ts';

export const forgetMutes = consequence(tracesRenounced, ({ tx }, { user_id, space_id }) => {
  deleteMutesIn(tx, user_id, space_id);
});
