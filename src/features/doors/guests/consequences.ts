// Disconnects guests when their space closes to them or is deleted.
import { takesGuests } from '../../../access/guests.ts';
import { spaceAccess } from '../../../access/load.ts';
import { consequence } from '../../../consequence.ts';
import { spaceDeleted, spaceUpdated } from '../../spaces/spaces/events.ts';
import { sendAway } from './actions.ts';

export const closeToGuests = consequence(spaceUpdated, (turn, { id }) => {
  const space = spaceAccess(turn.app, id);
  if (space === null || takesGuests(space)) return;
  turn.onCommit(() => sendAway(turn.app, id));
});

export const leaveDeleted = consequence(spaceDeleted, (turn, { id }) => {
  turn.onCommit(() => sendAway(turn.app, id));
});
