// Tickets of logins that wait for their code: in memory, by hash, one for each account.
import { hashToken, newToken } from '../../../access/tokens.ts';
import type { StateName, Turn } from '../../../app.ts';
import { LeastRecentMap } from '../../../lib/least-recent.ts';

const life_ms = 300_000;
/** Only who knows a password gets a ticket, so there are hardly ever so many. */
const max = 10_000;

interface Ticket {
  readonly user_id: string;
  /** The password that was right: a ticket ends when it is changed. */
  readonly password_hash: string | null;
  /** Until when it is good, on the steady clock. */
  readonly until_ms: number;
}

const names: StateName<ReturnType<typeof create>> = { create };

function create() {
  return {
    byHash: new LeastRecentMap<string, Ticket>(max),
    /** The hash of the only ticket that an account has. */
    ofUser: new LeastRecentMap<string, string>(max),
  };
}

/** Returns a new ticket, 64 hex digits; it counts from the commit on, and the account's older one ends. */
export function giveTicket(turn: Turn, to: Pick<Ticket, 'user_id' | 'password_hash'>): string {
  const ticket = newToken();
  const hash = hashToken(ticket);
  const { user_id, password_hash } = to;
  turn.onCommit(() => {
    const { byHash, ofUser } = turn.app.state(names);
    byHash.delete(ofUser.get(user_id) ?? '');
    byHash.set(hash, { user_id, password_hash, until_ms: turn.steady + life_ms });
    ofUser.set(user_id, hash);
  });
  return ticket;
}

/** Returns what a ticket stands for; null if it has ended, or is none. */
export function findTicket({ app, steady }: Turn, ticket: string): Ticket | null {
  const found = app.state(names).byHash.get(hashToken(ticket));
  return found === undefined || found.until_ms <= steady ? null : found;
}

/** Ends the ticket of an account, if the turn commits. */
export function endTicket(turn: Turn, user_id: string): void {
  const { byHash, ofUser } = turn.app.state(names);
  const hash = ofUser.get(user_id);
  if (hash === undefined) return;
  turn.onCommit(() => {
    byHash.delete(hash);
    // The turn may have given out another one.
    if (ofUser.get(user_id) === hash) ofUser.delete(user_id);
  });
}
