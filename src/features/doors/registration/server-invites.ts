// Makes, lists and removes invites to the server.
import type { App, Turn } from '../../../app.ts';
import { ApiError, noSuch } from '../../../errors.ts';
import { sweep } from '../../../lib/repeat.ts';
import { recordAct } from '../../base/admin-log/actions.ts';
import { findSpace } from '../../spaces/spaces/queries.ts';
import { freeCode, noInvite } from '../invites/actions.ts';
import {
  deleteExpired,
  deleteServerInvite,
  findServerInvite,
  insertServerInvite,
  serverInvitesAfter,
  type ServerInviteRow,
} from './queries.ts';
import type { NewServerInvite, ServerInvitesQuery } from './schema.ts';

const maxInvites = 1_000;
/** Before every invite, in the order of the list. */
const beginning = { created_at: -1, code: '' };

/** Makes an invite to the server in the name of an admin. */
export function inviteToServer(
  turn: Turn,
  actor: { id: string },
  wish: NewServerInvite,
): ServerInviteRow {
  const { max_uses, max_age, note, skip_approval, space_id = null } = wish;
  if (space_id !== null && findSpace(turn.tx, space_id) === undefined) throw noSuch('space');
  if (serverInvitesAfter(turn.tx, beginning, maxInvites).length >= maxInvites) {
    throw new ApiError('invalid_request', `A server has at most ${maxInvites} invites.`);
  }
  const row: ServerInviteRow = {
    code: freeCode(turn.tx),
    created_by: actor.id,
    max_uses,
    uses: 0,
    max_age,
    note,
    space_id,
    skip_approval,
    created_at: turn.now,
    expires_at: max_age === 0 ? null : turn.now + max_age * 1000,
  };
  insertServerInvite(turn.tx, row);
  const changes = { max_uses, max_age, note, skip_approval, ...(space_id && { space_id }) };
  const target = { type: 'invite', id: row.code } as const;
  recordAct(turn, actor, { action: 'invite_create', target, changes });
  return row;
}

/** Removes an invite to the server; throws 404 if there is none. */
export function removeServerInvite(turn: Turn, actor: { id: string }, code: string): void {
  const row = findServerInvite(turn.tx, code);
  if (row === undefined) throw noInvite();
  deleteServerInvite(turn.tx, code);
  const { uses, note } = row;
  const target = { type: 'invite', id: code } as const;
  recordAct(turn, actor, { action: 'invite_delete', target, changes: { uses, note } });
}

/** A page of the invites that have not expired; if the invite `after` is gone, it begins at the start. */
export function serverInvites({ db, clock }: App, query: ServerInvitesQuery): ServerInviteRow[] {
  const last = query.after === undefined ? undefined : findServerInvite(db, query.after);
  return serverInvitesAfter(db, last ?? beginning, maxInvites)
    .filter(({ expires_at }) => expires_at === null || expires_at > clock.now())
    .slice(0, query.limit);
}

const every_ms = 60_000;
const slice = 100;

/** Begins to remove expired invites; returns a function that stops it. */
export function startExpiry(app: App): () => void {
  return sweep({
    clock: app.clock,
    interval_ms: every_ms,
    slice: () => app.write(({ tx }) => deleteExpired(tx, app.trusted.now(), slice)),
    failed: (error) => app.log.error({ err: error }, 'expired invites to the server stay for now'),
  });
}
