// Sessions of guests: they only listen, have no record, and cannot be resumed.
import { guestIntents, resolveGuest, scopesOfGuest } from '../access/guests.ts';
import { spaceAccess } from '../access/load.ts';
import type { App } from '../app.ts';
import { scope } from '../events/audience.ts';
import type { Connection } from './connection.ts';
import type { Wish } from './protocol.ts';
import { Session, type SessionParts } from './session.ts';

/** The maximum number of sockets of one guest; the oldest is closed for a new one. */
const maxPerGuest = 3;

interface Visit {
  session: Session;
  space_id: string;
  /** The scopes that it hears. */
  scopes: readonly string[];
}

/** Makes a session for a guest token; null if the token, the space or the connection is gone. */
export function guestSession(
  app: App,
  connection: Connection,
  { token, mask: asked, os }: Wish,
  common: Pick<SessionParts, 'id' | 'failed' | 'owing' | 'pace'>,
): Visit | null {
  const guest = resolveGuest(app, token);
  const space = guest && spaceAccess(app, guest.space_id);
  if (guest === null || space === null || connection.isClosed) return null;
  const { id: user_id, space_id, token_hash, expires_at } = guest;
  const same = [...app.hub.of(scope.user(user_id))];
  if (same.length >= maxPerGuest) same[0]?.close(4009, 'a newer session took its place');
  const parts = { user_id, guest_of: space_id, token_hash, expires_at, os };
  const mask = asked & guestIntents;
  const session = new Session({ ...parts, ...common, mask, socket: connection });
  return { session, space_id, scopes: [scope.user(user_id), ...scopesOfGuest(space)] };
}
