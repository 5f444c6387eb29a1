// What follows for logins that wait for a code.
import { consequence } from '../../../consequence.ts';
import { tokensRevoked } from '../../../access/tokens.ts';
import { endTicket } from './tickets.ts';

/** A login that has only begun ends with those that it would have joined. */
export const endTickets = consequence(tokensRevoked, (turn, { user_id }) => {
  endTicket(turn, user_id);
});
