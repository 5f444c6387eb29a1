// What a new password ends.
import { consequence } from '../../../consequence.ts';
import { passwordChanged } from '../auth/events.ts';
import { endGivenCode } from './actions.ts';

export const endCodeOfAdmin = consequence(passwordChanged, (turn, { user_id }) =>
  endGivenCode(turn, user_id),
);
