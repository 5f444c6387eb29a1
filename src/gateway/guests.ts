// Sessions of guests: they only listen, have no record, and cannot be resumed.
import { guestIntents, resolveGuest, scopesOfGuest } from '../access/guests.ts';
import { spaceAccess } from '../access/load.ts';
import type { App } from '../app.ts';
import { scope } from '../events/audience.ts';
import { intentMask } from '../events/intents.ts';
import type { Connection } from './connection.ts';
import { handshakePatience, type Identify } from './protocol.ts';
import { osOf, Session, type SessionParts } from './session.ts';

/** The maximum number of sockets of one guest; the oldest is closed for a new one. */
const maxPerGuest = 3;

interface Visit {
  session: Session;
  space_id: string;
  /** The scopes that it hears. */
  scopes: readonly string[];
}

/** Makes a session for a guest token; null if the token, the space or the connection is gone. */
export async function guestSession(
  app: App,
  connection: Connection,
  wish: Identify,
  common: Pick<SessionParts, 'failed' | 'owing'>,
): Promise<Visit | null> {
  if (resolveGuest(app, wish.token) === null) return null;
  const id = await app.write((turn) => turn.id(), handshakePatience);
  const guest = resolveGuest(app, wish.token);
  const space = guest && spaceAccess(app, guest.space_id);
  if (guest === null || space === null || connection.isClosed) return null;
  const { id: user_id, space_id, token_hash, expires_at } = guest;
  const same = [...app.hub.of(scope.user(user_id))];
  if (same.length >= maxPerGuest) same[0]?.close(4009, 'a newer session took its place');
  const mask = intentMask(wish.intents) & guestIntents;
  const os = osOf(wish.properties);
  const parts = { id, user_id, guest_of: space_id, token_hash, expires_at, mask, os };
  const session = new Session({ ...parts, ...common, socket: connection });
  return { session, space_id, scopes: [scope.user(user_id), ...scopesOfGuest(space)] };
}
