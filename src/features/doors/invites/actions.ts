// Makes, revokes, accepts and expires invites.
import type { ChannelAccess } from '../../../access/evaluate.ts';
import { memberAccess, spaceAccess } from '../../../access/load.ts';
import type { Actor } from '../../../access/tokens.ts';
import type { App, StateName, Turn } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import { ApiError } from '../../../errors.ts';
import type { ClassScope } from '../../../events/audience.ts';
import { newCode } from '../../../lib/code.ts';
import { LeastRecentMap } from '../../../lib/least-recent.ts';
import { record, type Deed } from '../../spaces/audit-log/actions.ts';
import { join } from '../../spaces/members/actions.ts';
import { refuseUnbrought } from '../../spaces/members/bots.ts';
import { isBanned } from '../../spaces/members/queries.ts';
import { findSpace, oldestSpace, type SpaceRow } from '../../spaces/spaces/queries.ts';
import { claimByCode } from '../claim/actions.ts';
import { isSetupCode } from '../claim/setup-code.ts';
import { inviteCreated, inviteDeleted } from './events.ts';
import {
  countInvites,
  deleteInvites,
  findInvite,
  insertInvite,
  inviterOf,
  isTaken,
  serverInvite,
  takeUse,
  type InviteRow,
} from './queries.ts';
import type { NewInvite } from './schema.ts';
import { inviteView } from './view.ts';

const maxInvites = 500;

/** An invite that holds, and its space. */
export interface KnownInvite {
  invite: InviteRow;
  space: SpaceRow;
}

/** Returns the error for an invite that is unknown or has expired. */
export const noInvite = () =>
  new ApiError('not_found', 'There is no such invite, or it has expired.');

/** Returns the invite and its space; null if the code is unknown or has expired. */
export function validInvite({ db, clock }: App, code: string): KnownInvite | null {
  const invite = findInvite(db, code);
  const space = invite && findSpace(db, invite.space_id);
  const expired = invite?.expires_at != null && invite.expires_at <= clock.now();
  return invite === undefined || space === undefined || expired ? null : { invite, space };
}

/** Returns the invite and its space; throws 404 if the code is unknown or has expired. */
export function knownInvite(app: App, code: string): KnownInvite {
  const known = validInvite(app, code);
  if (known === null) throw noInvite();
  return known;
}

/** The setup code of the server stands for the invite to the first space; undefined for any other code. */
export function inviteOfSetup(app: App, { bot }: { bot: boolean }, code: string) {
  const home = bot || !isSetupCode(app, code) ? undefined : oldestSpace(app.db);
  const invite = home && serverInvite(app.db, home.id);
  return invite && { invite, space: home };
}

/** The target of an invite, and its maker; `inviter_id` is null for the server itself. */
interface Origin {
  space_id: string;
  channel: ({ id: string } & ClassScope) | null;
  inviter_id: string | null;
}

/** Makes an invite and tells members with `manage_channels`. */
export function createInvite(turn: Turn, origin: Origin, wish: NewInvite): InviteRow {
  const { space_id, channel, inviter_id } = origin;
  if (countInvites(turn.tx, space_id) >= maxInvites) {
    throw new ApiError('invalid_request', `A space has at most ${maxInvites} invites.`);
  }
  const { max_uses, max_age } = wish;
  const row: InviteRow = {
    code: freeCode(turn.tx),
    space_id,
    channel_id: channel?.id ?? null,
    inviter_id,
    max_uses,
    uses: 0,
    max_age,
    temporary: wish.temporary ?? false,
    created_at: turn.now,
    expires_at: expiryOf(turn.now, max_age),
  };
  insertInvite(turn.tx, row);
  const { channel_id, ...view } = inviteView(row);
  turn.tell(
    inviteCreated,
    { space_id, permission: 'manage_channels', channel },
    channel_id === null ? view : { ...view, channel_id },
  );
  return row;
}

/** The latest time with a year of four digits. */
const latest_ms = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

function expiryOf(now: number, max_age: number | null): number | null {
  return max_age === null || max_age <= 0 ? null : Math.min(now + max_age * 1000, latest_ms);
}

const codeLength = 8;

/** Returns a code that no invite has, to a space or to the server. */
export function freeCode(db: Db): string {
  let code = newCode(codeLength);
  while (isTaken(db, code)) code = newCode(codeLength);
  return code;
}

/** The last removed invites, for lists that go on after one of them. Forgotten at a restart. */
const goneInvites: StateName<LeastRecentMap<string, InviteRow>> = {
  create: () => new LeastRecentMap(1_000),
};

/** The invite after which a list goes on, removed or not; undefined if it is not the space's. */
export function anchorOf(
  { db, state }: App,
  space_id: string,
  code: string,
): InviteRow | undefined {
  const row = findInvite(db, code) ?? state(goneInvites).get(code);
  return row?.space_id === space_id ? row : undefined;
}

/** Removes an invite and tells members with `manage_channels`; `channel` is its target. */
export function removeInvite(turn: Turn, row: InviteRow, channel: ClassScope | null): void {
  const { code, space_id, channel_id } = row;
  deleteInvites(turn.tx, [code]);
  turn.onCommit(() => turn.app.state(goneInvites).set(code, row));
  const told = channel_id === null ? { code, space_id } : { code, space_id, channel_id };
  turn.tell(inviteDeleted, { space_id, permission: 'manage_channels', channel }, told);
}

export function expireInvite(turn: Turn, row: InviteRow): void {
  removeInvite(turn, row, channelOf(turn, row));
}

/** Removes an invite at the actor's request, and records it. */
export function revokeInvite(turn: Turn, actor: Actor, row: InviteRow): void {
  const channel = channelOf(turn, row);
  removeInvite(turn, row, channel);
  recordInvite(turn, actor, 'invite_delete', row, channel);
}

function channelOf({ app }: Turn, { space_id, channel_id }: InviteRow): ChannelAccess | null {
  return spaceAccess(app, space_id)?.channels.get(channel_id ?? '') ?? null;
}

/** Makes an invite in the actor's name, and records it. */
export function invite(
  turn: Turn,
  actor: Actor,
  { space_id, channel }: Omit<Origin, 'inviter_id'>,
  wish: NewInvite,
): InviteRow {
  const row = createInvite(turn, { space_id, channel, inviter_id: actor.id }, wish);
  recordInvite(turn, actor, 'invite_create', row, channel);
  return row;
}

function recordInvite(
  turn: Turn,
  actor: Actor,
  action: 'invite_create' | 'invite_delete',
  row: InviteRow,
  channel: Deed['channel'],
): void {
  const { code, channel_id, max_uses, max_age, temporary } = row;
  const changes = {
    invite_code: code,
    inviter_id: inviterOf(row),
    ...(channel_id === null ? {} : { channel_id }),
    ...(max_uses === null ? {} : { max_uses }),
    ...(max_age === null ? {} : { max_age }),
    temporary,
  };
  const target = { type: 'invite', id: code } as const;
  record(turn, { actor, space: { id: row.space_id } }, { action, target, changes, channel });
}

/** Makes the actor a member. Neither members nor banned accounts cost the invite a use. */
export function acceptInvite(turn: Turn, actor: Actor, code: string): InviteRow {
  const setup = inviteOfSetup(turn.app, actor, code);
  if (setup !== undefined) {
    claimByCode(turn, actor, code);
    return setup.invite;
  }
  const known = knownInvite(turn.app, code);
  const { invite, space } = known;
  if (memberAccess(turn.app, space.id, actor.id) !== null) return invite;
  if (isBanned(turn.tx, space.id, actor.id)) {
    throw new ApiError('forbidden', 'You are banned from this space.');
  }
  refuseUnbrought(turn, space.id, actor, invite.inviter_id);
  if (!takeUse(turn.tx, code)) throw usedUp();
  joinBy(turn, actor, known);
  return { ...invite, uses: invite.uses + 1 };
}

/** Returns the error for an invite that has no use left. */
export const usedUp = () =>
  new ApiError('invalid_request', 'This invite was used as often as it can be.');

/** Makes an account a member by an invite whose use was taken, and records it. */
export function joinBy(
  turn: Turn,
  actor: Pick<Actor, 'id'>,
  { invite, space }: KnownInvite,
  { temporary }: { temporary: boolean } = invite,
): void {
  join(turn, space.id, actor.id, { temporary });
  const inviter_id = inviterOf(invite);
  record(
    turn,
    { actor, space },
    {
      action: 'invite_accept',
      target: { type: 'invite', id: inviter_id },
      changes: { invite_code: invite.code, inviter_id },
      channel: channelOf(turn, invite),
    },
  );
}

/** Returns the server's invite to its first space, made if there is none; null without a space. */
export function keepServerInvite(turn: Turn): InviteRow | null {
  const space = oldestSpace(turn.tx);
  if (space === undefined) return null;
  const known = serverInvite(turn.tx, space.id);
  if (known !== undefined) return known;
  const origin = { space_id: space.id, channel: null, inviter_id: null };
  return createInvite(turn, origin, { max_uses: null, max_age: null });
}
